package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.bench.BenchException;
import org.junit.jupiter.api.Test;

/** The output is of redis-benchmark 7.0.15. */
final class RedisBenchmarkTest {

  @Test
  void readsTheRateOfItsTest() {
    assertThat(RedisBenchmark.parse(Captured.text("redis-benchmark.csv"), "get"))
        .isEqualTo(34_129.69);
  }

  @Test
  void refusesAnOutputWithoutItsTest() {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> RedisBenchmark.parse("Error: Server closed the connection\n", "set"))
        .withMessage("redis-benchmark reported no SET: Error: Server closed the connection");
  }
}
