package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.bench.BenchException;
import org.junit.jupiter.api.Test;

final class FlowsProgramTest {

  @Test
  void tellsRatesByWhatTheProgramSays() {
    assertThat(FlowsProgram.connectionsPerSecond("connections=4000 median_ns=50000\n"))
        .isEqualTo(20_000);
  }

  @Test
  void refusesARunThatDidNotReport() {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> FlowsProgram.connectionsPerSecond("ready\n"))
        .withMessage("flows did not report what it did: ready");
  }
}
