package io.podwire.cli;

import io.podwire.bench.Progress;
import io.podwire.check.CheckReport;
import io.podwire.check.KeptCheck;
import java.nio.file.Path;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** Where the check of this kernel is kept. */
final class CheckOptions {

  private final Function<Progress, CheckReport> check;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      description = "directory that keeps the result of check; default: /var/lib/podwire")
  private Path directory = KeptCheck.DEFAULT_DIRECTORY;

  CheckOptions(Function<Progress, CheckReport> check) {
    this.check = check;
  }

  KeptCheck kept() {
    return new KeptCheck(directory, check);
  }
}
