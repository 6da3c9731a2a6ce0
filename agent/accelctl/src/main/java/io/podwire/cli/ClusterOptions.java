package io.podwire.cli;

import io.podwire.cluster.ClusterPlace;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Whether and where in a cluster a bench runs. */
final class ClusterOptions {

  private static final Set<String> HEEDED =
      Set.of(
          "--cluster",
          "--node",
          "--namespace",
          "--image",
          "--rounds",
          "--seconds",
          "--message-size",
          "--output",
          "--verbose",
          "-o");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec verb;

  @Option(
      names = "--cluster",
      description =
          "not here, but between two pods that are made on a node of the cluster, whose agent accelerates them")
  private boolean cluster;

  @Option(names = "--node", paramLabel = "NAME", description = "with --cluster: the node; required")
  private Optional<String> node;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      description = "with --cluster: where the pods are made; default: default")
  private Optional<String> namespace;

  @Option(
      names = "--image",
      paramLabel = "NAME",
      description = "with --cluster: an image with sockperf; default: that of the node's agent")
  private Optional<String> image;

  /**
   * The place in the cluster; empty where the bench runs on this machine.
   *
   * @throws ParameterException where the options do not go together
   */
  Optional<ClusterPlace> place() {
    if (!cluster) {
      if (Stream.of(node, namespace, image).anyMatch(Optional::isPresent)) {
        throw new ParameterException(
            verb.commandLine(), "--node, --namespace and --image are of no use without --cluster");
      }
      return Optional.empty();
    }
    if (node.isEmpty()) {
      throw new ParameterException(verb.commandLine(), "--cluster needs --node NAME");
    }
    verb.commandLine().getParseResult().matchedOptions().stream()
        .map(option -> option.longestName())
        .filter(option -> !HEEDED.contains(option))
        .findFirst()
        .ifPresent(
            option -> {
              throw new ParameterException(
                  verb.commandLine(),
                  option + " is of no use with --cluster: the pods run sockperf on one CPU");
            });
    return Optional.of(new ClusterPlace(node.get(), namespace.orElse("default"), image));
  }
}
