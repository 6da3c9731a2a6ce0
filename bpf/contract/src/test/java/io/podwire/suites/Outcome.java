package io.podwire.suites;

/** How a test of a third-party suite ended. */
enum Outcome {
  PASS,
  FAIL,
  SKIP,
  /** It started, and its program said nothing more until it died or was killed. */
  NO_END,
  /** It never started, though it was asked for. */
  ABSENT
}
