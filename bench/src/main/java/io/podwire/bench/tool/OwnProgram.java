package io.podwire.bench.tool;

import io.podwire.testbed.Scratch;
import java.nio.file.Path;

/** The programs that are built with the bench, from its {@code src/main/c}. */
public enum OwnProgram {
  /** Messages there and back over TCP, UNIX sockets and pipes. */
  PINGPONG("pingpong"),
  /** Connections that are opened and closed, filled, or kept. */
  FLOWS("flows"),
  /** A library that keeps sockperf from sleeping before its first message. */
  AWAKE("awake.so");

  private final String file;

  OwnProgram(String file) {
    this.file = file;
  }

  /** The program in a scratch directory, where the first call copies it. */
  public Path in(Scratch scratch) {
    return scratch.program("/io/podwire/bench/" + file);
  }
}
