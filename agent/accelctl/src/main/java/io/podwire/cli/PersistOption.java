package io.podwire.cli;

import io.podwire.datapath.KernelDatapath;
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
   * @param pinDir the pins of the datapath
   * @throws ParameterException where those are pins that no service restores
   */
  Optional<Path> file(Path pinDir) {
    if (file.isPresent() && !pinDir.equals(KernelDatapath.DEFAULT_PIN_DIR)) {
      throw new ParameterException(
          verb.commandLine(),
          "--persist is for the pins in "
              + KernelDatapath.DEFAULT_PIN_DIR
              + ", which podwire.service restores, not for "
              + pinDir);
    }
    return file;
  }
}
