package io.podwire.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.podwire.agent.ClusterClient;
import io.podwire.cluster.AgentSurvey;
import io.podwire.cluster.ClusterStatus;
import io.podwire.testbed.Progress;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Whether a status is that of a whole cluster. */
final class ClusterStatusOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec verb;

  @Option(
      names = "--cluster",
      description =
          "not of this node, but a line for each node of the cluster that is to have an agent, asked"
              + " with the credentials of the kubeconfig; exit 1 where one is not as wished")
  private boolean cluster;

  @Option(
      names = "--wait",
      arity = "0..1",
      fallbackValue = "5m",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description = "with --cluster: until every node is as wished, or so long; default: 5m")
  private Optional<Duration> wait = Optional.empty();

  /**
   * The status of the cluster, if it is asked for.
   *
   * @return empty where this node is meant
   * @throws ParameterException where other options are there that do not go together
   */
  Optional<ClusterStatus> ask() {
    if (!cluster) {
      if (wait.isPresent()) {
        throw new ParameterException(verb.commandLine(), "--wait is of no use without --cluster");
      }
      return Optional.empty();
    }
    Stream.of("--cgroup", "--pin-dir")
        .filter(verb.commandLine().getParseResult()::hasMatchedOption)
        .findFirst()
        .ifPresent(
            option -> {
              throw new ParameterException(
                  verb.commandLine(),
                  option + " is of no use with --cluster: each agent has its own");
            });
    try (KubernetesClient client = ClusterClient.open()) {
      AgentSurvey survey = new AgentSurvey(client, Progress.onTerminal());
      return Optional.of(wait.map(survey::await).orElseGet(survey::take));
    }
  }
}
