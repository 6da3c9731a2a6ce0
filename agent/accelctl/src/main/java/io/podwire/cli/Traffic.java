package io.podwire.cli;

import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import java.util.concurrent.TimeUnit;

/**
 * What flows have done together since they joined.
 *
 * @param flows how many they are
 * @param onTcp those of which a direction goes by TCP now
 * @param joinedNanos when the first of them joined, ns of {@link System#nanoTime}
 * @param messages that were redirected
 * @param bytes of those
 * @param backlog bytes that wait for their readers
 */
record Traffic(int flows, int onTcp, long joinedNanos, long messages, long bytes, long backlog) {

  static Traffic of(Flow flow) {
    return new Traffic(
        1,
        flow.ends().anyMatch(end -> end.retired().or(end::shifted).isPresent()) ? 1 : 0,
        flow.ends().mapToLong(FlowEnd::joinedNanos).min().orElse(System.nanoTime()),
        flow.ends().mapToLong(FlowEnd::redirected).sum(),
        flow.ends().mapToLong(FlowEnd::redirectedBytes).sum(),
        flow.ends().mapToLong(FlowEnd::unreadBytes).sum());
  }

  Traffic plus(Traffic other) {
    return new Traffic(
        flows + other.flows,
        onTcp + other.onTcp,
        Math.min(joinedNanos, other.joinedNanos),
        messages + other.messages,
        bytes + other.bytes,
        backlog + other.backlog);
  }

  /** Seconds since the first of them joined. */
  long ageSeconds() {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - joinedNanos);
  }
}
