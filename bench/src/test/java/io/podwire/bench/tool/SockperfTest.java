package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.offset;

import io.podwire.bench.BenchException;
import io.podwire.bench.Distribution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The outputs are of sockperf 3.7; of the full log the first and the last messages. */
final class SockperfTest {

  @TempDir private Path directory;

  @Test
  void countsTheMessagesOfTheWholeRunAndNotOnlyThoseAfterTheWarmUp() {
    assertThat(Sockperf.transactions(Captured.text("sockperf-ping-pong.txt"))).isEqualTo(96_939);
  }

  @Test
  void refusesAnOutputWithoutATotal() {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> Sockperf.transactions("sockperf: ERROR: Can't connect socket\n"))
        .withMessage("sockperf reported no messages: sockperf: ERROR: Can't connect socket");
  }

  @Test
  void readsEveryLatencyOfTheFullLogInNanoseconds() throws IOException {
    Path log = directory.resolve("log");
    Files.writeString(log, Captured.text("sockperf-full-log.csv"));

    Histogram oneWay = Sockperf.oneWay(log);

    assertThat(oneWay.getTotalCount()).isEqualTo(7);
    assertThat(oneWay.valuesAreEquivalent(oneWay.getMinValue(), 3_251)).isTrue();
    assertThat(oneWay.valuesAreEquivalent(oneWay.getMaxValue(), 24_071_005)).isTrue();
    assertThat(Distribution.micros(oneWay, 50)).isCloseTo(3.586, offset(0.01));
  }

  @Test
  void refusesAFullLogWithoutMessages() throws IOException {
    Path log = directory.resolve("log");
    Files.writeString(log, "sockperf: No valid observations found. Try tune parameters: --time\n");

    assertThatExceptionOfType(BenchException.class).isThrownBy(() -> Sockperf.oneWay(log));
  }
}
