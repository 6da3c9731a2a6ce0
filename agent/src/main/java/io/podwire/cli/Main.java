package io.podwire.cli;

import io.podwire.check.ContractCheck;
import io.podwire.datapath.KernelDatapath;

/** Entry point of {@code accelctl}. */
public final class Main {

  private Main() {}

  /**
   * Runs one verb on the kernel's datapath and ends with its exit code: 0 done, 1 failed, 2 usage.
   */
  public static void main(String[] args) {
    System.exit(
        Accelctl.over(KernelDatapath::at, progress -> new ContractCheck().run(progress))
            .execute(args));
  }
}
