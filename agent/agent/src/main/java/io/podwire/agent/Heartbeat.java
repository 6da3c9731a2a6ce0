package io.podwire.agent;

import io.podwire.datapath.Datapath;
import io.podwire.datapath.Switch;
import java.time.Duration;

/** Keeps new connections joining while the agent lives. Not thread-safe but for reading the age. */
final class Heartbeat {

  private final Datapath datapath;
  private final Duration timeToLive;
  private volatile long last = Long.MIN_VALUE;

  Heartbeat(Datapath datapath, Duration timeToLive) {
    this.datapath = datapath;
    this.timeToLive = timeToLive;
  }

  /** Renews the heartbeat, and returns how the datapath is switched. */
  Switch beat() {
    Switch found = datapath.heartbeat(timeToLive);
    last = System.nanoTime();
    return found;
  }

  /** Seconds since the last heartbeat; NaN before the first. */
  double age() {
    return last == Long.MIN_VALUE ? Double.NaN : (System.nanoTime() - last) / 1e9;
  }

  /** Time between two heartbeats: one or two may fail before new connections stop joining. */
  Duration interval() {
    return timeToLive.dividedBy(3);
  }
}
