package io.podwire.cli;

import io.podwire.bench.Progress;
import io.podwire.check.CheckReport;
import java.util.function.Function;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command that the verbs belong to. */
@Command(
    name = "accelctl",
    description = "Controls the acceleration of this node's same-node pod traffic.",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "VERB",
    commandListHeading = "%nVerbs:%n",
    footer = {"", "Exit codes: 0 done, 1 failed, 2 usage."})
final class Accelctl implements Runnable {

  @Spec private CommandSpec spec;

  private Accelctl() {}

  /**
   * The whole command line, with every verb on the datapath that {@code opener} opens.
   *
   * @param check checks the machine's kernel
   */
  static CommandLine over(DatapathOpener opener, Function<Progress, CheckReport> check) {
    Failures failures = new Failures();
    return new CommandLine(new Accelctl())
        .addSubcommand(new EnableCommand(opener, check))
        .addSubcommand(new DisableCommand(opener))
        .addSubcommand(new AutoCommand(opener))
        .addSubcommand(new StatusCommand(opener))
        .addSubcommand(new ForgetCommand(opener))
        .addSubcommand(new UnloadCommand(opener))
        .addSubcommand(new SelectionCommand(opener))
        .addSubcommand(new FlowsCommand(opener))
        .addSubcommand(new PodsCommand())
        .addSubcommand(new AgentCommand(opener, check))
        .addSubcommand(new CheckCommand(check))
        .addSubcommand(new BenchCommand())
        .addSubcommand(new GenerateCompletion())
        .addSubcommand(new HelpCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a verb is missing");
  }
}
