package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.bench.BenchException;
import org.junit.jupiter.api.Test;

/** The output is of sockperf 3.7. */
final class SockperfThroughputTest {

  @Test
  void readsMessagesAndTheirRate() {
    assertThat(SockperfThroughput.parse(Captured.text("sockperf-throughput.txt")))
        .isEqualTo(new SockperfThroughput(224_846, 224_552));
  }

  @Test
  void refusesAnOutputWithoutMessages() {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> SockperfThroughput.parse("sockperf: ERROR: Can`t connect socket\n\n"))
        .withMessage("sockperf sent no messages: sockperf: ERROR: Can`t connect socket");
  }
}
