package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.bench.BenchException;
import org.junit.jupiter.api.Test;

final class FlowsBulkTest {

  @Test
  void readsBytesAndTheirRate() {
    assertThat(FlowsBulk.parse("bytes=500000000 ns=250000000\n"))
        .isEqualTo(new FlowsBulk(500_000_000, 16));
  }

  @Test
  void refusesARunThatDidNotReport() {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> FlowsBulk.parse("ready\n"))
        .withMessage("flows did not report what it did: ready");
  }
}
