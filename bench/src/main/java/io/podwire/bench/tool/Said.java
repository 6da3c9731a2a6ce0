package io.podwire.bench.tool;

/** What a program said, for errors. */
final class Said {

  private Said() {}

  /** The last line with anything in it; empty where there is none. */
  static String last(String output) {
    return output.lines().filter(line -> !line.isBlank()).reduce("", (a, b) -> b).strip();
  }
}
