package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The programs of the machine that the bench drives. */
public enum RequiredTool {
  SOCKPERF("--version", "sockperf"),
  NGINX("-v", "nginx-light"),
  AB("-V", "apache2-utils");

  private final String versionOption;
  private final String debianPackage;

  RequiredTool(String versionOption, String debianPackage) {
    this.versionOption = versionOption;
    this.debianPackage = debianPackage;
  }

  public String command() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The first line with a digit of what it says about its version.
   *
   * @throws BenchException when it is not installed
   */
  public String version() {
    try {
      Process process =
          new ProcessBuilder(command(), versionOption)
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return output
          .lines()
          .filter(line -> line.matches(".*\\d.*"))
          .findFirst()
          .orElse("unknown")
          .strip();
    } catch (IOException e) {
      throw new BenchException(command() + " is missing: apt-get install " + debianPackage, e);
    }
  }
}
