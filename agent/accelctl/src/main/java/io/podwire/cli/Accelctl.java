package io.podwire.cli;

import io.podwire.check.CheckReport;
import io.podwire.testbed.Progress;
import io.podwire.testbed.Terminal;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
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

  /** The standard options of picocli that print the version. */
  private static final Set<String> VERSION = Set.of("-V", "--version");

  /** In the order in which help lists them. */
  private static final List<String> VERBS =
      List.of(
          "enable",
          "adopt",
          "disable",
          "auto",
          "restore",
          "status",
          "forget",
          "prepare",
          "unload",
          "selection",
          "flows",
          "top",
          "explain",
          "pods",
          "agent",
          "check",
          "cni",
          "await",
          "verify",
          "sysdump",
          "bench");

  @Spec private CommandSpec spec;

  private Accelctl() {}

  /**
   * The command line for one run, with verbs on the datapath that {@code opener} opens. To build
   * all verbs takes longer than most of them run, so where the first argument is one, it is the
   * only one.
   *
   * @param check checks the machine's kernel
   * @param arguments of the run; without any, all verbs are there
   */
  static CommandLine over(
      DatapathOpener opener, Function<Progress, CheckReport> check, String... arguments) {
    CommandLine accelctl = new CommandLine(new Accelctl());
    String first = arguments.length == 0 ? "" : arguments[0];
    if (VERBS.contains(first)) {
      accelctl.addSubcommand(first, verb(first, opener, check));
    } else if (arguments.length != 1 || !VERSION.contains(first)) {
      VERBS.forEach(name -> accelctl.addSubcommand(name, verb(name, opener, check)));
      accelctl.addSubcommand(new GenerateCompletion()).addSubcommand(new HelpCommand());
    }
    Failures failures = new Failures();
    return accelctl
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures);
  }

  private static Object verb(
      String name, DatapathOpener opener, Function<Progress, CheckReport> check) {
    return switch (name) {
      case "enable" -> new EnableCommand(opener, check);
      case "adopt" -> new AdoptCommand(opener);
      case "disable" -> new DisableCommand(opener);
      case "auto" -> new AutoCommand(opener);
      case "restore" -> new RestoreCommand(opener, check);
      case "status" -> new StatusCommand(opener);
      case "forget" -> new ForgetCommand(opener);
      case "prepare" -> new PrepareCommand(opener);
      case "unload" -> new UnloadCommand(opener);
      case "selection" -> new SelectionCommand(opener);
      case "flows" -> new FlowsCommand(opener, Terminal::ofStandardOutput);
      case "top" -> new TopCommand(opener, Terminal::ofStandardOutput);
      case "explain" -> new ExplainCommand(opener);
      case "pods" -> new PodsCommand();
      case "agent" -> new AgentCommand(opener, check);
      case "check" -> new CheckCommand(check);
      case "cni" -> new CniCommand();
      case "await" -> new AwaitCommand();
      case "verify" -> new VerifyCommand();
      case "sysdump" -> new SysdumpCommand(opener, check, Path.of("/"));
      case "bench" -> new BenchCommand();
      default -> throw new IllegalArgumentException(name + " is no verb");
    };
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a verb is missing");
  }
}
