package io.podwire.cli;

import io.podwire.check.CheckReport;
import io.podwire.check.KeptCheck;
import io.podwire.testbed.Progress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** Where the check of this kernel is kept. */
final class CheckOptions {

  private final Function<Progress, CheckReport> check;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      defaultValue = "${env:PODWIRE_STATE_DIR}",
      description =
          "directory that keeps the result of check; default: $PODWIRE_STATE_DIR, or /var/lib/podwire")
  private Optional<Path> directory;

  CheckOptions(Function<Progress, CheckReport> check) {
    this.check = check;
  }

  Optional<Path> directory() {
    return directory;
  }

  KeptCheck kept() {
    return new KeptCheck(directory.orElse(KeptCheck.DEFAULT_DIRECTORY), check);
  }
}
