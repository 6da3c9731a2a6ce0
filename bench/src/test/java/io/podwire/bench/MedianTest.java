package io.podwire.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

final class MedianTest {

  @Test
  void isTheMiddleOfAnOddNumberOfValues() {
    assertThat(Median.of(9, 1, 4)).isEqualTo(4);
  }

  @Test
  void isTheMeanOfTheTwoInTheMiddleOfAnEvenNumber() {
    assertThat(Median.of(9, 1, 4, 5)).isEqualTo(4.5);
  }

  @Test
  void leavesTheOrderOfTheValuesAlone() {
    double[] values = {3, 1, 2};

    Median.of(values);

    assertThat(values).containsExactly(3, 1, 2);
  }

  @Test
  void doesNotExistWithoutValues() {
    assertThatIllegalArgumentException().isThrownBy(Median::of);
  }
}
