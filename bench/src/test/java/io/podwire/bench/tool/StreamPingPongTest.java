package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.bench.BenchException;
import io.podwire.bench.CpuTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StreamPingPongTest {

  private static final String COST = "transactions=148058 user_us=56868 system_us=315622\n";

  @TempDir private Path directory;

  @Test
  void readsTransactionsAndTheirCost() {
    assertThat(StreamPingPong.transactions(COST)).isEqualTo(148_058);
    assertThat(StreamPingPong.cpu("ready\n" + COST)).isEqualTo(new CpuTime(56_868, 315_622));
  }

  @Test
  void halvesRoundTripsAndReadsThemUnsigned() throws IOException {
    Path samples = directory.resolve("samples");
    Files.write(
        samples,
        ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putInt(6_000).putInt(-2).array());

    Histogram oneWay = StreamPingPong.oneWay(samples);

    assertThat(oneWay.getTotalCount()).isEqualTo(2);
    assertThat(oneWay.getCountAtValue(3_000)).isEqualTo(1);
    assertThat(oneWay.getCountAtValue(0x7fff_ffffL)).isEqualTo(1);
  }

  @Test
  void refusesARunThatMeasuredNothing() throws IOException {
    Path samples = Files.createFile(directory.resolve("samples"));

    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> StreamPingPong.oneWay(samples))
        .withMessage("pingpong measured no round trip");
  }
}
