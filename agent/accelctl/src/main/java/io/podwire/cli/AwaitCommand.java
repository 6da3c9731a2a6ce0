package io.podwire.cli;

import io.podwire.agent.Rollout;
import java.io.PrintWriter;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code accelctl await}: the chart's hook waits by it, since the image has no kubectl. */
@Command(
    name = "await",
    description =
        "Waits until the pods of a DaemonSet are ready on every node, as kubectl rollout status does.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class AwaitCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DAEMONSET", description = "its name")
  private String name;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      defaultValue = "podwire",
      description = "its namespace; default: podwire")
  private String namespace;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = "5m",
      description = "how long to wait, for example 500ms, 30s or 5m; default: 5m")
  private Duration timeout;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    Rollout.await(
        namespace,
        name,
        timeout,
        news -> {
          out.println(news);
          out.flush(); // somebody follows the log
        });
  }
}
