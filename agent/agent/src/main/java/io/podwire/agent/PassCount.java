package io.podwire.agent;

import java.util.concurrent.atomic.LongAdder;

/** How many passes there were, and how long they took. */
final class PassCount {

  private final LongAdder passes = new LongAdder();
  private final LongAdder nanos = new LongAdder();
  private final LongAdder failures = new LongAdder();

  void passed(long nanoseconds) {
    passes.increment();
    nanos.add(nanoseconds);
  }

  void failed() {
    failures.increment();
  }

  long passes() {
    return passes.sum();
  }

  double seconds() {
    return nanos.sum() / 1e9;
  }

  long failures() {
    return failures.sum();
  }
}
