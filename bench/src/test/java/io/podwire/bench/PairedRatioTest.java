package io.podwire.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @CsvSource({"6, 1, 6", "8, 1, 8", "9, 2, 8", "10, 2, 9", "12, 3, 10", "20, 6, 15"})
  void hasAnIntervalBetweenTwoOfItsPairs(int pairs, double low, double high) {
    double[] oneToPairs = IntStream.rangeClosed(1, pairs).asDoubleStream().toArray();

    PairedRatio ratio = PairedRatio.of(oneToPairs, ones(pairs));

    assertThat(ratio).isEqualTo(new PairedRatio((pairs + 1) / 2.0, low, high));
  }

  @Test
  void ofFewPairsHasAnIntervalOfAllOfThemThatHoldsTheMedianLessOften() {
    assertThat(PairedRatio.of(new double[] {3, 1, 2}, ones(3))).isEqualTo(new PairedRatio(2, 1, 3));
    assertThat(PairedRatio.coverage(2)).isEqualTo(0.5);
    assertThat(PairedRatio.coverage(5)).isEqualTo(0.9375);
    assertThat(PairedRatio.coverage(6)).isEqualTo(0.96875);
  }

  /** What a percentile bootstrap does not: it held the median in 87 % of runs of 7 pairs. */
  @ParameterizedTest
  @ValueSource(ints = {6, 7, 8, 10, 12, 20})
  void hasAnIntervalThatHoldsTheMedianNineteenTimesOfTwentyWhateverTheNoise(int pairs) {
    Random random = new Random(7);
    DoubleSupplier lognormal = () -> Math.exp(0.3 * random.nextGaussian());
    DoubleSupplier twoLevels =
        () -> Math.exp(0.02 * random.nextGaussian()) * (random.nextDouble() < 0.2 ? 1.5 : 1);

    assertThat(held(pairs, lognormal)).isGreaterThan(0.945);
    assertThat(held(pairs, twoLevels)).isGreaterThan(0.945);
  }

  @Test
  void saysWhatItsIntervalLetsOneSay() {
    assertThat(new PairedRatio(1.5, 1.01, 2).effect()).isEqualTo(Effect.HELPS);
    assertThat(new PairedRatio(1.5, 1, 2).effect()).isEqualTo(Effect.NONE_SEEN);
    assertThat(new PairedRatio(0.9, 0.8, 1).effect()).isEqualTo(Effect.NONE_SEEN);
    assertThat(new PairedRatio(0.9, 0.8, 0.99).effect()).isEqualTo(Effect.COSTS);
  }

  @Test
  void overlapsWhatHasAValueInCommon() {
    PairedRatio ratio = new PairedRatio(1.5, 1.4, 1.6);

    assertThat(ratio.overlaps(new PairedRatio(1.7, 1.6, 1.8))).isTrue();
    assertThat(ratio.overlaps(new PairedRatio(1.7, 1.61, 1.8))).isFalse();
    assertThat(ratio.overlaps(new PairedRatio(1.3, 1.2, 1.39))).isFalse();
  }

  @Test
  void refusesRoundsThatAreNotPairs() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PairedRatio.of(new double[] {1, 2}, new double[] {1}))
        .withMessage("2 and 1 rounds are not pairs");
  }

  /** The share of 4,000 runs whose interval contains 1.7, the median that they sample. */
  private static double held(int pairs, DoubleSupplier noise) {
    int runs = 4_000;
    int held = 0;
    for (int run = 0; run < runs; run++) {
      PairedRatio ratio =
          PairedRatio.of(
              DoubleStream.generate(() -> 1.7 * noise.getAsDouble()).limit(pairs).toArray(),
              DoubleStream.generate(noise).limit(pairs).toArray());
      if (ratio.low() <= 1.7 && 1.7 <= ratio.high()) {
        held++;
      }
    }
    return (double) held / runs;
  }

  private static double[] ones(int count) {
    return DoubleStream.generate(() -> 1).limit(count).toArray();
  }
}
