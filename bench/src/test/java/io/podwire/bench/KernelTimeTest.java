package io.podwire.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class KernelTimeTest {

  private static final List<String> STAT =
      List.of(
          "cpu  2342 0 823 222067 182 0 36 86 0 0",
          "cpu0 1000 0 400 111000 100 0 30 80 0 0",
          "cpu1 1342 0 423 111067 82 0 6 6 0 0",
          "intr 12345 0 0");

  @Test
  void isReadForTheChosenCpusOnly() {
    KernelTime time = KernelTime.parse(STAT, "cpu1"::equals);

    assertThat(time.softirqMicros()).isEqualTo(60_000);
    assertThat(time.stealMicros()).isEqualTo(60_000);
  }

  @Test
  void givesStealTimeAsAShareOfAllTimeSince() {
    KernelTime before = new KernelTime(0, 10_000, 1_000_000);
    KernelTime after = new KernelTime(0, 30_000, 2_000_000);

    assertThat(after.since(before).stealPercent()).isEqualTo(2);
  }
}
