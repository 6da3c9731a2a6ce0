package io.podwire.cli;

import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import io.podwire.datapath.MessageCost;
import io.podwire.datapath.Observation;
import io.podwire.datapath.Observed;
import java.util.concurrent.TimeUnit;

/**
 * What connections have done together.
 *
 * @param flows how many they are
 * @param onTcp those of which a direction goes by TCP now
 * @param joinedNanos when the first of them joined, or was observed, ns of {@link System#nanoTime}
 * @param messages that were redirected
 * @param bytes of those
 * @param backlog bytes that wait for their readers
 * @param observed what connections would have done that are only observed
 */
record Traffic(
    int flows,
    int onTcp,
    long joinedNanos,
    long messages,
    long bytes,
    long backlog,
    Observed observed) {

  static Traffic of(Observation one) {
    return new Traffic(0, 0, one.nanos(), 0, 0, 0, Observed.of(one));
  }

  static Traffic of(Flow flow) {
    return new Traffic(
        1,
        flow.ends().anyMatch(end -> end.retired().or(end::shifted).isPresent()) ? 1 : 0,
        flow.ends().mapToLong(FlowEnd::joinedNanos).min().orElse(System.nanoTime()),
        flow.ends().mapToLong(FlowEnd::redirected).sum(),
        flow.ends().mapToLong(FlowEnd::redirectedBytes).sum(),
        flow.ends().mapToLong(FlowEnd::unreadBytes).sum(),
        Observed.NOTHING);
  }

  Traffic plus(Traffic other) {
    return new Traffic(
        flows + other.flows,
        onTcp + other.onTcp,
        Math.min(joinedNanos, other.joinedNanos),
        messages + other.messages,
        bytes + other.bytes,
        backlog + other.backlog,
        observed.plus(other.observed));
  }

  /** Seconds since {@link #joinedNanos}. */
  long ageSeconds() {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - joinedNanos);
  }

  /** Messages that were redirected, or would have been. */
  long allMessages() {
    return messages + observed.messages();
  }

  /** Bytes of those. */
  long allBytes() {
    return bytes + observed.bytes();
  }

  /** CPU time that it saves to redirect these messages, or would, in seconds. */
  double savedSeconds(MessageCost cost) {
    return cost.savedSeconds(allMessages());
  }
}
