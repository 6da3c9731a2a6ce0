package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.bench.BenchException;
import org.junit.jupiter.api.Test;

/** The output is of netperf 2.7.1 (its git repository), built without the omni tests. */
final class NetperfTest {

  @Test
  void readsTheRate() {
    assertThat(Netperf.parse(Captured.text("netperf.txt"))).isEqualTo(15_732.87);
  }

  @Test
  void refusesAnOutputWithoutARate() {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> Netperf.parse("establish control: are you sure?\n"))
        .withMessage("netperf reported no rate: establish control: are you sure?");
  }
}
