package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AdoptionScheduleTest {

  private static final Adoption NOTHING = found(Map.of(), 0);
  private static final Adoption BUSY = found(Map.of(Finding.BUSY_READER, 1), 0);
  private static final Adoption JOINED =
      found(Map.of(Finding.ADOPTED, 1, Finding.BUSY_BYTES, 1), 0);

  private final AdoptionSchedule schedule = new AdoptionSchedule();
  private long seconds;
  private long cpu;

  @Test
  void withoutADatapathThatIsEnabledItWaits() {
    assertThat(isDue(AdoptionSigns.ABSENT)).isFalse();
    assertThat(isDue(signs(false, 1))).isFalse();
    assertThat(isDue(signs(true, 1))).isTrue();
  }

  @Test
  void whereNoSignChangesItLooksOnce() {
    assertThat(attemptsIn(1000, signs(true, 1), NOTHING)).containsExactly(0L);
  }

  @Test
  void eachSignThatChangesIsAReason() {
    AdoptionSigns first = signs(true, 1);
    List<AdoptionSigns> others =
        List.of(
            new AdoptionSigns(true, Optional.of("load 2"), 0, 0, 1, false),
            new AdoptionSigns(true, Optional.of("load 1"), 7, 0, 1, false),
            new AdoptionSigns(true, Optional.of("load 1"), 0, 7, 1, false),
            new AdoptionSigns(true, Optional.of("load 1"), 0, 0, 7, false),
            new AdoptionSigns(true, Optional.of("load 1"), 0, 0, 1, true));
    for (AdoptionSigns other : others) {
      attemptsIn(2, first, NOTHING);
      assertThat(attemptsIn(1, other, NOTHING)).as("%s", other).hasSize(1);
    }
  }

  @Test
  void whileSomeAreBusyItTriesAgainMoreAndMoreSeldom() {
    assertThat(attemptsIn(300, signs(true, 1), BUSY))
        .containsExactly(0L, 1L, 3L, 7L, 15L, 31L, 63L, 127L, 191L, 255L);
  }

  @Test
  void afterOneThatJoinedItTriesAgainSoon() {
    attemptsIn(100, signs(true, 1), BUSY);
    assertThat(attemptsIn(40, signs(true, 1), JOINED).size()).isGreaterThan(10);
  }

  @Test
  void afterASignThatChangedItTriesAgainSoon() {
    attemptsIn(100, signs(true, 1), BUSY);
    assertThat(attemptsIn(10, signs(true, 2), BUSY)).hasSize(4);
  }

  @Test
  void whileAnotherBuildDrainsItTriesAgainThoughNothingIsFound() {
    AdoptionSigns drains = new AdoptionSigns(true, Optional.of("load 1"), 0, 0, 1, true);
    assertThat(attemptsIn(10, drains, NOTHING)).hasSize(4);
  }

  @Test
  void itTakesAFiftiethOfACpuAndWhatItHasSavedUp() {
    int attempts = 0;
    for (int times = 0; times < 1000; times++) {
      attempts += attemptsIn(1, signs(true, times), found(JOINED.found(), 200)).size();
    }
    assertThat(attempts).isEqualTo((20_000 + 2_400) / 200); // ms
  }

  @Test
  void whatElseTheProcessTakesIsCountedToo() {
    int attempts = 0;
    for (int times = 0; times < 1000; times++) {
      cpu += Duration.ofMillis(20).toNanos();
      attempts += attemptsIn(1, signs(true, times), found(JOINED.found(), 200)).size();
    }
    assertThat(attempts).isEqualTo(1 + 12); // by what was saved up
  }

  @Test
  void afterAFailureItTriesAgainMoreAndMoreSeldom() {
    List<Long> attempts = new ArrayList<>();
    for (long end = seconds + 20; seconds < end; seconds++) {
      if (isDue(signs(true, 1))) {
        attempts.add(seconds);
        schedule.failed(nanos());
      }
    }
    assertThat(attempts).containsExactly(0L, 1L, 3L, 7L, 15L);
  }

  /** The seconds in which it made an attempt, looking once a second. */
  private List<Long> attemptsIn(int duration, AdoptionSigns signs, Adoption found) {
    List<Long> attempts = new ArrayList<>();
    for (long end = seconds + duration; seconds < end; seconds++) {
      if (isDue(signs)) {
        attempts.add(seconds);
        schedule.attempted(found, nanos());
        cpu += found.cpu().toNanos();
      }
    }
    return attempts;
  }

  private boolean isDue(AdoptionSigns signs) {
    return schedule.isDue(signs, nanos(), cpu);
  }

  private long nanos() {
    return Duration.ofSeconds(seconds).toNanos();
  }

  private static AdoptionSigns signs(boolean enabled, long returnable) {
    return new AdoptionSigns(enabled, Optional.of("load 1"), 0, 0, returnable, false);
  }

  private static Adoption found(Map<Finding, Integer> found, int cpuMillis) {
    return new Adoption(1, 0, found, Duration.ofMillis(cpuMillis));
  }
}
