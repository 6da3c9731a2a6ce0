package io.podwire.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Whether what a verb does is to be done at the next boot too. */
final class PersistOption {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec verb;

  @Option(
      names = "--persist",
      paramLabel = "FILE",
      arity = "0..1",
      fallbackValue = HostConfiguration.DEFAULT_FILE,
      description =
          "also write it down for the next boot, when podwire.service restores it; default: "
              + HostConfiguration.DEFAULT_FILE)
  private Optional<Path> file;

  /**
   * Where to write it down; empty where it is not to be.
   *
   * @throws ParameterException where the datapath is one that no service restores
   */
  Optional<Path> file() {
    if (file.isPresent() && verb.commandLine().getParseResult().hasMatchedOption("--pin-dir")) {
      throw new ParameterException(
          verb.commandLine(),
          "--pin-dir is of no use with --persist: podwire.service restores the pins where they are"
              + " by default");
    }
    return file;
  }
}
