package io.podwire.cli;

import io.podwire.check.ContractCheck;
import io.podwire.datapath.KernelDatapath;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;

/** Entry point of {@code accelctl}. */
public final class Main {

  private Main() {}

  /**
   * Runs one verb on the kernel's datapath and ends with its exit code: 0 done, 1 failed, 2 usage.
   */
  public static void main(String[] args) {
    StandardOutput out = StandardOutput.ofThisProcess();
    CommandLine accelctl =
        Accelctl.over(KernelDatapath::at, progress -> new ContractCheck().run(progress), args)
            .setOut(out.writer());
    int exit = accelctl.execute(args);
    if (exit == ExitCode.OK && out.loss().isPresent()) {
      accelctl.getErr().println("accelctl: cannot write standard output: " + out.loss().get());
      exit = ExitCode.SOFTWARE;
    }
    System.exit(exit);
  }
}
