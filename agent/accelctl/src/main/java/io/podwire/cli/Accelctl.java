package io.podwire.cli;

import io.podwire.check.CheckReport;
import io.podwire.testbed.Progress;
import io.podwire.testbed.Terminal;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
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
    Map<String, Supplier<Object>> verbs = new LinkedHashMap<>(); // help lists them in this order
    verbs.put("enable", () -> new EnableCommand(opener, check));
    verbs.put("adopt", () -> new AdoptCommand(opener));
    verbs.put("disable", () -> new DisableCommand(opener));
    verbs.put("auto", () -> new AutoCommand(opener));
    verbs.put("restore", () -> new RestoreCommand(opener, check));
    verbs.put("status", () -> new StatusCommand(opener));
    verbs.put("forget", () -> new ForgetCommand(opener));
    verbs.put("prepare", () -> new PrepareCommand(opener));
    verbs.put("unload", () -> new UnloadCommand(opener));
    verbs.put("selection", () -> new SelectionCommand(opener));
    verbs.put("flows", () -> new FlowsCommand(opener, Terminal::ofStandardOutput));
    verbs.put("top", () -> new TopCommand(opener, Terminal::ofStandardOutput));
    verbs.put("explain", () -> new ExplainCommand(opener));
    verbs.put("pods", PodsCommand::new);
    verbs.put("agent", () -> new AgentCommand(opener, check));
    verbs.put("check", () -> new CheckCommand(check));
    verbs.put("cni", CniCommand::new);
    verbs.put("await", AwaitCommand::new);
    verbs.put("verify", VerifyCommand::new);
    verbs.put("sysdump", () -> new SysdumpCommand(opener, check, Path.of("/")));
    verbs.put("bench", BenchCommand::new);

    CommandLine accelctl = new CommandLine(new Accelctl());
    String first = arguments.length == 0 ? "" : arguments[0];
    if (verbs.containsKey(first)) {
      accelctl.addSubcommand(first, verbs.get(first).get());
    } else if (arguments.length != 1 || !VERSION.contains(first)) {
      verbs.forEach((name, verb) -> accelctl.addSubcommand(name, verb.get()));
      accelctl.addSubcommand(new GenerateCompletion()).addSubcommand(new HelpCommand());
    }
    Failures failures = new Failures();
    return accelctl
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a verb is missing");
  }
}
