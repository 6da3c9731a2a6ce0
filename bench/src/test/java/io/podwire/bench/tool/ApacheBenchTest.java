package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.bench.BenchException;
import org.junit.jupiter.api.Test;

/** The output is of ab 2.3. */
final class ApacheBenchTest {

  private final String output = Captured.text("ab.txt");

  @Test
  void readsRequestsAndTheirRate() {
    assertThat(ApacheBench.parse(output)).isEqualTo(new ApacheBench(29_110, 29_106.89));
  }

  @Test
  void refusesARunWithFailedRequests() {
    String failed = output.replace("Failed requests:        0", "Failed requests:        3");

    assertThatExceptionOfType(BenchException.class).isThrownBy(() -> ApacheBench.parse(failed));
  }

  @Test
  void refusesARunThatWasAnsweredWithErrors() {
    String errors =
        output.replace("Total transferred", "Non-2xx responses:      29110\nTotal transferred");

    assertThatExceptionOfType(BenchException.class).isThrownBy(() -> ApacheBench.parse(errors));
  }
}
