package io.podwire.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PairedRatioTest {

  @Test
  void comparesWithinPairsSoThatADriftOfTheMachineCancels() {
    PairedRatio ratio = PairedRatio.of(new double[] {4, 8, 12, 16}, new double[] {2, 4, 6, 8});

    assertThat(ratio).isEqualTo(new PairedRatio(2, 2, 2));
  }

  @Test
  void isNotMovedByOneDisturbedPair() {
    PairedRatio ratio =
        PairedRatio.of(new double[] {16, 17, 18, 19, 500}, new double[] {10, 10, 10, 10, 10});

    assertThat(ratio.value()).isEqualTo(1.8);
  }

  @Test
  void givesTheSameIntervalForTheSameRounds() {
    double[] off = {5.1, 5.3, 4.9, 5.0, 5.2, 5.6};
    double[] on = {3.0, 3.2, 2.9, 3.1, 3.0, 3.3};

    assertThat(PairedRatio.of(off, on)).isEqualTo(PairedRatio.of(off, on));
  }

  @Test
  void hasAnIntervalThatHoldsTheTruthNineteenTimesOfTwenty() {
    Random random = new Random(7);
    int held = 0;
    for (int run = 0; run < 100; run++) {
      double[] numerators = new double[20];
      double[] denominators = new double[20];
      Arrays.setAll(numerators, pair -> 1.7 * (1 + 0.05 * random.nextGaussian()));
      Arrays.setAll(denominators, pair -> 1);
      PairedRatio ratio = PairedRatio.of(numerators, denominators);
      if (ratio.low() <= 1.7 && 1.7 <= ratio.high()) {
        held++;
      }
    }

    assertThat(held).isBetween(88, 100);
  }

  @Test
  void refusesRoundsThatAreNotPairs() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PairedRatio.of(new double[] {1, 2}, new double[] {1}))
        .withMessage("2 and 1 rounds are not pairs");
  }
}
