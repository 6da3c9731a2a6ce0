package io.podwire.bench.model;

/** What the connections of a workload are to do where they are accelerated: a round proves it. */
public enum ExpectedJoining {
  /** Every connection joins, and every message is redirected. */
  EVERY_MESSAGE,
  /** The connections join; they may go back to TCP by their backlog, or where a sender corks. */
  MAY_RETIRE,
  /** Connections that are too short to pay: they are seen, and most are left to TCP. */
  TOO_SHORT
}
