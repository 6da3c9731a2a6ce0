package io.podwire.cli;

import io.podwire.check.CheckReport;
import io.podwire.check.KeptCheck;
import io.podwire.testbed.Progress;
import java.util.function.Function;

/** Where the check of this kernel is kept. */
final class CheckOptions extends StateOptions {

  private final Function<Progress, CheckReport> check;

  CheckOptions(Function<Progress, CheckReport> check) {
    this.check = check;
  }

  KeptCheck kept() {
    return new KeptCheck(inForce(), check);
  }
}
