package io.podwire.suites;

import static io.podwire.suites.Outcome.FAIL;
import static io.podwire.suites.Outcome.PASS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class OutcomesTest {

  private static final List<Outcome> PASSES = List.of(PASS, PASS, PASS, PASS);

  @Test
  void aTestThatFailsAloneOnlyWhenAcceleratedDiffers() {
    Outcomes outcomes = new Outcomes("test", PASSES, List.of(FAIL, PASS, FAIL));

    assertThat(outcomes.differsAlone()).isTrue();
    assertThat(outcomes.isFlake()).isFalse();
  }

  @Test
  void aTestThatFailsAlsoPlainIsAFlake() {
    Outcomes outcomes = new Outcomes("test", List.of(PASS, PASS, FAIL), List.of(FAIL, FAIL));

    assertThat(outcomes.differsAlone()).isFalse();
    assertThat(outcomes.isFlake()).isTrue();
  }

  @Test
  void aTestThatNeverFailsAloneIsAFlake() {
    Outcomes outcomes = new Outcomes("test", PASSES, List.of(FAIL, PASS, PASS, PASS));

    assertThat(outcomes.differsAlone()).isFalse();
    assertThat(outcomes.onceDiffered()).isTrue();
    assertThat(outcomes.isFlake()).isTrue();
  }

  @Test
  void aTestThatFailedOnceAndOnlyPlainIsAFlake() {
    Outcomes outcomes = new Outcomes("test", List.of(FAIL, PASS), PASSES);

    assertThat(outcomes.isFlake()).isTrue();
  }

  @Test
  void aTestThatAlwaysEndsAlikeIsNeither() {
    Outcomes outcomes = new Outcomes("test", PASSES, PASSES);

    assertThat(outcomes.differsAlone()).isFalse();
    assertThat(outcomes.isFlake()).isFalse();
  }
}
