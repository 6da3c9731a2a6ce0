package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.bench.BenchException;
import org.junit.jupiter.api.Test;

final class FlowsProgramTest {

  @Test
  void dividesWhatWasDoneByItsTime() {
    assertThat(FlowsProgram.perNano("bytes=500000000 ns=250000000\n")).isEqualTo(2);
  }

  @Test
  void refusesARunThatDidNotReport() {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> FlowsProgram.perNano("ready\n"))
        .withMessage("flows did not report what it did: ready");
  }
}
