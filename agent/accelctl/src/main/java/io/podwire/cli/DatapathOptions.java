package io.podwire.cli;

import io.podwire.datapath.CgroupV2;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.KernelDatapath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which datapath a verb works on. */
final class DatapathOptions {

  private final DatapathOpener opener;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec verb;

  @Option(
      names = "--cgroup",
      paramLabel = "DIR",
      defaultValue = "${env:PODWIRE_CGROUP}",
      description =
          "cgroup v2 directory whose processes' connections may join; default: $PODWIRE_CGROUP, or the root")
  private Optional<Path> cgroup;

  @Option(
      names = "--pin-dir",
      paramLabel = "DIR",
      defaultValue = "${env:PODWIRE_PIN_DIR}",
      description =
          "directory of the pins, on a bpffs; default: $PODWIRE_PIN_DIR, or /sys/fs/bpf/podwire")
  private Optional<Path> pinDir;

  DatapathOptions(DatapathOpener opener) {
    this.opener = opener;
  }

  /**
   * The datapath that the options name; the caller closes it.
   *
   * @throws ParameterException where {@code --cgroup} is not a cgroup v2 directory
   * @throws io.podwire.datapath.DatapathException where no cgroup v2 is mounted
   */
  Datapath open() {
    requireCgroup();
    return opener.open(pinDir(), cgroup.map(Path::toAbsolutePath).orElseGet(CgroupV2::root));
  }

  /**
   * Requires what can be known before anything is opened.
   *
   * @throws ParameterException where {@code --cgroup} is not a cgroup v2 directory
   */
  void requireCgroup() {
    // Every directory of the v2 hierarchy has this file, and none of the v1 ones.
    cgroup
        .filter(directory -> !Files.exists(directory.resolve("cgroup.controllers")))
        .ifPresent(
            directory -> {
              throw new ParameterException(
                  verb.commandLine(), "--cgroup " + directory + " is not a cgroup v2 directory");
            });
  }

  /** Empty where the root of the hierarchy is meant. */
  Optional<Path> cgroup() {
    return cgroup;
  }

  Path pinDir() {
    return pinDir.orElse(KernelDatapath.DEFAULT_PIN_DIR).toAbsolutePath();
  }
}
