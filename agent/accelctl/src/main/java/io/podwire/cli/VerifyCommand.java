package io.podwire.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.podwire.agent.ClusterClient;
import io.podwire.cluster.NodeVerification;
import io.podwire.cluster.Verification;
import io.podwire.testbed.Progress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code accelctl verify}: whether nodes of a cluster accelerate. */
@Command(
    name = "verify",
    description =
        "Makes two pods on each node of a cluster, shows that connections between them are"
            + " redirected, by the pod's address and through a Service, and deletes them.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class VerifyCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Mixin private final NodesOption nodes = new NodesOption();

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      defaultValue = "default",
      description = "where the pods are made; default: default")
  private String namespace;

  @Option(
      names = "--image",
      paramLabel = "NAME",
      description = "an image with sockperf; default: that of the node's agent")
  private Optional<String> image;

  @Override
  public Integer call() {
    Progress progress = Progress.onTerminal();
    Leftovers left = new Leftovers(spec.commandLine().getErr(), progress);
    List<NodeVerification> verified;
    try (KubernetesClient client = ClusterClient.open()) {
      verified = new Verification(client, namespace, image, left).of(nodes.names(), progress);
    }
    VerificationAnswer all = new VerificationAnswer(verified);
    if (answer.isJson()) {
      JsonAnswer.print(all.document(), answer.out());
    } else {
      all.print(answer.out());
    }
    return all.areGood() && left.areNone() ? ExitCode.OK : ExitCode.SOFTWARE;
  }
}
