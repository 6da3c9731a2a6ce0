package io.podwire.cli;

import io.podwire.check.ContractCheck;
import io.podwire.datapath.OtherGeneration;

/** {@code accelctl} of a build whose programs have another layout. */
public final class UpgradedMain {

  private UpgradedMain() {}

  public static void main(String[] args) {
    System.exit(
        Accelctl.over(OtherGeneration::at, progress -> new ContractCheck().run(progress), args)
            .execute(args));
  }
}
