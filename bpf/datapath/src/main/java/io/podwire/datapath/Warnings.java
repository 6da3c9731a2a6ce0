package io.podwire.datapath;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What an operator should look at, one line each: what, why, and what to do. */
final class Warnings {

  private final List<String> lines = new ArrayList<>();

  /** Those there are so far. */
  List<String> lines() {
    return lines;
  }

  /**
   * Sockets that the kernel did not take into the sockhash.
   *
   * @param owners who may have them
   */
  void ofFailedJoins(Map<Counter, Long> counters, Settings settings, List<SocketOwner> owners) {
    long busy = counters.get(Counter.JOIN_FAILED_BUSY);
    if (busy > 0) {
      lines.add(
          "sockets that could not join since the load because another program holds them: "
              + busy
              + "; "
              + (owners.isEmpty()
                  ? "none that would hold them is seen now"
                  : owners.stream().map(Warnings::describe).collect(Collectors.joining("; "))));
    }
    long full = counters.get(Counter.JOIN_FAILED_FULL);
    if (full > 0) {
      lines.add(
          "sockets that could not join since the load because all "
              + settings.maxFlows()
              + " flows were in use: "
              + full
              + "; unload, then enable with a larger --max-flows");
    }
  }

  private static String describe(SocketOwner owner) {
    return owner.describe(Optional.empty()) + ": " + owner.kind().advice();
  }

  /** A build that lets connections join although it was not loaded last. */
  void ofAnotherBuild(Build joining) {
    lines.add(
        "connections join build "
            + joining
            + " too, which an older release enabled: unload, then enable with one of the two");
  }

  /**
   * An agent that is gone, or one that is missing on a kernel that needs it.
   *
   * @param until when joins end, in nanoseconds of the monotonic clock; 0 where nobody beats
   */
  void ofHeartbeat(long until) {
    if (until != 0 && until < System.nanoTime()) {
      lines.add("nothing joins: the agent's heartbeat has run out; is the agent running?");
    }
    if (!RunningKernel.hasTimers() && until == 0) {
      lines.add(
          "this kernel has no BPF timers: flows that went back to TCP stay joined until they close,"
              + " unless accelctl agent runs");
    }
  }
}
