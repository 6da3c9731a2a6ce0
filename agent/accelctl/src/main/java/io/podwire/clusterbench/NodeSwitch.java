package io.podwire.clusterbench;

import io.podwire.agent.NodeAnnotation;
import io.podwire.bench.BenchException;
import io.podwire.cluster.NodeStatus;
import io.podwire.cluster.Poll;
import io.podwire.cluster.Undo;
import io.podwire.datapath.Authority;
import io.podwire.datapath.State;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Switches a node by its annotation, as an admin does; its agent follows. What the annotation said
 * before comes back with {@link Undo}.
 */
final class NodeSwitch {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final NodeAnnotation annotation;
  private final String node;
  private final Supplier<NodeStatus> status;
  private final Undo undo;

  /**
   * Nothing is switched yet.
   *
   * @param status asks the node's datapath
   */
  NodeSwitch(NodeAnnotation annotation, String node, Supplier<NodeStatus> status, Undo undo) {
    this.annotation = annotation;
    this.node = node;
    this.status = status;
    this.undo = undo;
    Optional<String> before = annotation.value();
    undo.doing(
        () -> {},
        new Undo.Step(
            () -> annotation.set(before),
            "the annotation " + NodeAnnotation.KEY + " of node " + node + " could not be set back",
            remedy(before)));
  }

  /** The command that makes the annotation say what it said. */
  private String remedy(Optional<String> before) {
    return "kubectl annotate --overwrite node "
        + node
        + " "
        + NodeAnnotation.KEY
        + before.map(value -> "=" + quoted(value)).orElse("-");
  }

  /** For a shell. */
  private static String quoted(String value) {
    return "'" + value.replace("'", "'\\''") + "'";
  }

  /**
   * Requires that the annotation switches.
   *
   * @throws BenchException where an operator on the node has the last word
   */
  static void require(NodeStatus now, String node) {
    if (now.state() == State.DISABLED && now.authority() == Authority.LOCAL) {
      throw new BenchException(
          "acceleration was switched off on node "
              + node
              + " itself, which its annotation does not override: run accelctl enable in its agent's container first");
    }
  }

  /**
   * New connections join, or no more.
   *
   * @return what the datapath says then
   * @throws BenchException where the agent does not follow within 30 s
   */
  NodeStatus set(boolean enabled) {
    undo.doing(() -> annotation.set(enabled));
    State wanted = enabled ? State.ENABLED : State.DISABLED;
    return Poll.until(LIMIT, () -> Optional.of(status.get()).filter(now -> now.state() == wanted))
        .orElseThrow(
            () ->
                new BenchException(
                    "the agent of node "
                        + node
                        + " did not follow its annotation within "
                        + LIMIT.toSeconds()
                        + " s: the datapath is not "
                        + wanted
                        + ": see accelctl pods and accelctl status in its container"));
  }
}
