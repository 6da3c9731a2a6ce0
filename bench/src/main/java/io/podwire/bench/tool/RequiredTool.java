package io.podwire.bench.tool;

import io.podwire.bench.BenchException;

/** The programs of the machine without which there is no bench. */
public enum RequiredTool {
  SOCKPERF(Program.SOCKPERF),
  NGINX(Program.NGINX),
  AB(Program.AB);

  private final Program program;

  RequiredTool(Program program) {
    this.program = program;
  }

  /** The name of its file. */
  public String command() {
    return program.command();
  }

  /**
   * The first line with a digit of what it says about its version.
   *
   * @throws BenchException when it is not installed
   */
  public String version() {
    return program.version().orElseThrow(() -> new BenchException(program.missing()));
  }
}
