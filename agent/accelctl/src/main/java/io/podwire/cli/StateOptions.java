package io.podwire.cli;

import io.podwire.bench.run.KeptCalibration;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where is kept what was found out about this machine. */
class StateOptions {

  private static final Path USUAL = Path.of("/var/lib/podwire");

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      defaultValue = "${env:PODWIRE_STATE_DIR}",
      description =
          "directory that keeps the results of check and of bench --calibrate; default:"
              + " $PODWIRE_STATE_DIR, or /var/lib/podwire")
  private Optional<Path> directory;

  /** Empty where the usual one is meant. */
  Optional<Path> directory() {
    return directory;
  }

  /** The directory, whether it was named or not. */
  Path inForce() {
    return directory.orElse(USUAL);
  }

  KeptCalibration calibration() {
    return new KeptCalibration(inForce());
  }
}
