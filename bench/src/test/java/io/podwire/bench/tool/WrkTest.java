package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.bench.BenchException;
import org.junit.jupiter.api.Test;

/** The outputs are of wrk 4.1.0, ended by SIGINT. */
final class WrkTest {

  @Test
  void readsRequestsAndTheirRate() {
    assertThat(Wrk.parse(Captured.text("wrk.txt"))).isEqualTo(new Wrk(14_279, 33_662.60));
  }

  @Test
  void refusesARunWithSocketErrors() {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> Wrk.parse(Captured.text("wrk-timeouts.txt")))
        .withMessageContaining("timeout 8")
        .withMessageNotContaining("\n");
  }

  @Test
  void refusesARunThatWasAnsweredWithErrors() {
    String errors =
        Captured.text("wrk.txt")
            .replace("Requests/sec", "  Non-2xx or 3xx responses: 9\nRequests/sec");

    assertThatExceptionOfType(BenchException.class).isThrownBy(() -> Wrk.parse(errors));
  }
}
