package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Testbed;
import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code pingpong.c} over everything that its messages can go through. */
@KernelTest
class PingPongTest {

  private static final int MILLIS = 20;

  @Test
  void measuresTheSameLoopOverTcpUnixSocketsAndPipes() {
    try (Testbed bed = Testbed.open("server", "client");
        Scratch scratch = Scratch.create()) {
      Path program = OwnProgram.PINGPONG.in(scratch);
      Place server = bed.pod("server");
      Place client = bed.pod("client");
      for (int size : new int[] {14, 65_507}) {
        assertMeasures(StreamPingPong.podToPod(program, scratch, MILLIS), server, client, size);
        assertMeasures(StreamPingPong.loopback(program, scratch, MILLIS), server, server, size);
        assertMeasures(StreamPingPong.unix(program, scratch, MILLIS), server, client, size);
        assertMeasures(StreamPingPong.pipe(program, scratch, MILLIS), server, client, size);
      }
    }
  }

  private static void assertMeasures(PingPong pingPong, Place server, Place client, int size) {
    Measurement measured = pingPong.run(server, client, size);

    assertThat(measured.oneWay().getTotalCount()).isPositive();
    assertThat(measured.transactions()).isGreaterThan(measured.oneWay().getTotalCount());
    assertThat(measured.cpu()).isPresent();
  }
}
