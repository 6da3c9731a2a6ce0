package io.podwire.cli;

import io.podwire.check.CheckReport;
import io.podwire.cli.HostConfiguration.Line;
import io.podwire.testbed.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code accelctl restore}: what {@code podwire.service} does when a host boots. */
@Command(
    name = "restore",
    description =
        "Restores what accelctl enable --persist or disable --persist wrote down: the selection, the limits and the switch.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class RestoreCommand implements Runnable {

  private final DatapathOpener opener;
  private final Function<Progress, CheckReport> check;

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Mixin private final CheckOptions checks;
  @Spec private CommandSpec spec;

  @Option(
      names = "--prepare",
      description =
          "only make the check of this kernel, where restoring takes one and none is kept, and load: what needs more rights than the rest")
  private boolean prepare;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      defaultValue = HostConfiguration.DEFAULT_FILE,
      description = "what to restore; default: " + HostConfiguration.DEFAULT_FILE)
  private Path file;

  RestoreCommand(DatapathOpener opener, Function<Progress, CheckReport> check) {
    this.opener = opener;
    this.check = check;
    where = new DatapathOptions(opener);
    checks = new CheckOptions(check);
  }

  @Override
  public void run() {
    HostConfiguration configuration = HostConfiguration.read(file);
    EnableCommand enable = enable(configuration);
    enable.restore(configuration.isOn());
    try {
      if (prepare) {
        enable.prepare();
      } else {
        enable.run();
      }
    } catch (ParameterException e) {
      throw new HostConfigurationException(file + ": " + e.getMessage()); // such as a cgroup
    }
  }

  /** As {@code accelctl enable} with the options of the file, and with what this verb was told. */
  private EnableCommand enable(HostConfiguration configuration) {
    List<String> arguments = new ArrayList<>(List.of("--pin-dir=" + where.pinDir()));
    checks.directory().ifPresent(directory -> arguments.add("--state-dir=" + directory));
    where.cgroup().ifPresent(cgroup -> arguments.add("--cgroup=" + cgroup));
    if (answer.isJson()) {
      arguments.add("-o=json");
    }
    List<Line> lines =
        configuration.options().stream()
            .filter(line -> where.cgroup().isEmpty() || !line.option().equals("cgroup"))
            .toList();
    lines.forEach(line -> arguments.add(line.argument()));
    try {
      return enable(arguments);
    } catch (ParameterException e) {
      lines.forEach(line -> requireGood(configuration, line));
      throw new HostConfigurationException(
          file + ": " + e.getMessage()); // by several lines together
    }
  }

  private void requireGood(HostConfiguration configuration, Line line) {
    try {
      enable(List.of(line.argument()));
    } catch (ParameterException e) {
      throw configuration.wrong(line, e.getMessage());
    }
  }

  private EnableCommand enable(List<String> arguments) {
    EnableCommand enable = new EnableCommand(opener, check);
    new CommandLine(enable)
        .setOut(spec.commandLine().getOut())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs(arguments.toArray(String[]::new));
    enable.requireMeaning();
    return enable;
  }
}
