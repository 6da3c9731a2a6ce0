package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.bench.BenchException;
import org.junit.jupiter.api.Test;

final class StreamRateTest {

  @Test
  void isWhatWasDoneByHowLongItTook() {
    assertThat(StreamRate.parse("transactions=16641 us=300000\n"))
        .isEqualTo(new StreamRate(16_641, 55_470));
    assertThat(StreamRate.parse("connections=6000 us=300000\n"))
        .isEqualTo(new StreamRate(6_000, 20_000));
  }

  @Test
  void refusesARunThatDidNothing() {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> StreamRate.parse("connections=0 us=300000\n"))
        .withMessage("pingpong reported no rate: connections=0 us=300000");
  }
}
