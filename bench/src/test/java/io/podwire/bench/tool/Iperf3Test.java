package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.bench.BenchException;
import org.junit.jupiter.api.Test;

/** The outputs are of iperf3 3.12. */
final class Iperf3Test {

  @Test
  void readsWhatArrivedOfAllStreams() {
    assertThat(Iperf3.parse(Captured.text("iperf3.json")))
        .isEqualTo(new Iperf3(67_043_275, 5.54294247741882));
  }

  @Test
  void saysWhatIperf3Says() {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> Iperf3.parse(Captured.text("iperf3-refused.json")))
        .withMessage("iperf3 failed: unable to connect to server: Connection refused");
  }

  @Test
  void refusesWhatIsNotJson() {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> Iperf3.parse("iperf3: parameter error - bad\n"))
        .withMessage("iperf3 failed: iperf3: parameter error - bad");
  }

  @Test
  void refusesAnEmptyOutput() {
    assertThatExceptionOfType(BenchException.class).isThrownBy(() -> Iperf3.parse(""));
  }
}
