package io.podwire.suites;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A test that ends differently over accelerated loopback for a reason that the documents name: a
 * line of {@code limits.txt}.
 *
 * @param name the limit, as docs/contract.md calls it
 */
record Limit(String suite, String test, String name, String why) {

  /** The limits of a suite. */
  static List<Limit> of(String suite) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Limit.class.getResourceAsStream("limits.txt"), StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(Limit::parse)
          .filter(limit -> limit.suite.equals(suite))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Limit parse(String line) {
    String[] fields = line.split(" +\\| +", 4);
    if (fields.length != 4) {
      throw new IllegalArgumentException("limits.txt: want suite | test | limit | why: " + line);
    }
    return new Limit(fields[0], fields[1], fields[2], fields[3]);
  }
}
