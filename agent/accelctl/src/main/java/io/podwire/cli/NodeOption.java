package io.podwire.cli;

import io.podwire.agent.NodeAnnotation;
import io.podwire.cluster.LocalSwitch;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The node that a verb is for, if it is not this one. */
final class NodeOption {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec verb;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description =
          "not here, but on that node of the cluster: changes the annotation podwire.io/acceleration "
              + "of the Node, which its agent follows; takes no other option")
  private Optional<String> name;

  /**
   * Sets the annotation of the node, if one is named.
   *
   * @return what was done; empty where this node is meant
   * @throws ParameterException where other options are there, which the annotation cannot hold
   */
  Optional<String> set(boolean enabled) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    requireNoOther();
    NodeAnnotation.set(name.get(), enabled);
    return Optional.of(
        "node "
            + name.get()
            + ": annotation set to "
            + (enabled ? "enabled" : "disabled")
            + ", which its agent follows"
            + (enabled ? localSwitch() : ""));
  }

  /**
   * Removes the annotation of the node, if one is named.
   *
   * @return what was done; empty where this node is meant
   * @throws ParameterException where other options are there
   */
  Optional<String> remove() {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    requireNoOther();
    NodeAnnotation.remove(name.get());
    return Optional.of(
        "node " + name.get() + ": annotation removed, its agent decides" + localSwitch());
  }

  /** Off is off, whoever says so, and so a local one holds. */
  private String localSwitch() {
    return LocalSwitch.of(name.orElseThrow()).map(text -> "; " + text).orElse("");
  }

  private void requireNoOther() {
    verb.commandLine().getParseResult().matchedOptions().stream()
        .map(option -> option.longestName())
        .filter(option -> !option.equals("--node") && !option.equals("--verbose"))
        .findFirst()
        .ifPresent(
            option -> {
              throw new ParameterException(
                  verb.commandLine(), option + " is of no use with --node: the agent decides it");
            });
  }
}
