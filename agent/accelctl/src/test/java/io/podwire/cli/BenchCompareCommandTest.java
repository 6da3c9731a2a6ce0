package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.InMemoryDatapath;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BenchCompareCommandTest {

  private static final String REPORT =
      """
      {"schema": 2, "began": "2026-01-02T03:04:05Z",
       "options": {"profile": "quick", "rounds": 10, "services": 200, "null_test": false,
                   "placements": ["same"]},
       "environment": {"kernel": "6.18.1 #1", "cpus": 2, "cpu_model": "Model"},
       "gains": [{"name": "latency/same/14/sockperf", "group": "Latency", "title": "sockperf",
                  "ratio": %s, "low": %s, "high": %s}]}
      """;

  @TempDir private Path directory;

  @Test
  void showsBothGainsAndThatTheyChanged() throws Exception {
    CommandLineRun run =
        compare(saved("a.json", "1.9", "1.8", "2.0"), saved("b.json", "2.2", "2.1", "2.3"));

    assertThat(run.exit()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .containsPattern("sockperf +1\\.90 \\[1\\.80, 2\\.00] +2\\.20 \\[2\\.10, 2\\.30] +changed")
        .contains("1 of 1 changed");
  }

  @Test
  void answersAProgramInJson() throws Exception {
    Path a = saved("a.json", "1.9", "1.8", "2.0");

    CommandLineRun run = compare(a, a, "-o", "json");

    assertThat(run.exit()).isZero();
    assertThat(run.out()).startsWith("{").contains("\"changed\" : false");
  }

  @Test
  void failsInOneLineWhereAFileIsNoReport() throws Exception {
    Path good = saved("a.json", "1.9", "1.8", "2.0");
    Path old = Files.writeString(directory.resolve("old.json"), "{\"schema\": 1}");
    Path none = directory.resolve("none.json");

    assertThat(compare(good, none))
        .isEqualTo(new CommandLineRun(1, "", "accelctl: there is no report " + none + "\n"));
    assertThat(compare(old, good))
        .isEqualTo(
            new CommandLineRun(
                1,
                "",
                "accelctl: "
                    + old
                    + " has schema 1, and this version reads schema 2: measure again\n"));
  }

  private static CommandLineRun compare(Path a, Path b, String... options) {
    String[] arguments = new String[4 + options.length];
    System.arraycopy(
        new String[] {"bench", "compare", a.toString(), b.toString()}, 0, arguments, 0, 4);
    System.arraycopy(options, 0, arguments, 4, options.length);
    return CommandLineRun.on(new InMemoryDatapath(), arguments);
  }

  private Path saved(String name, String ratio, String low, String high) throws Exception {
    return Files.writeString(directory.resolve(name), REPORT.formatted(ratio, low, high));
  }
}
