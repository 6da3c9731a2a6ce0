package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class YieldToTest {

  @Test
  void aNameAloneMeansAllPods() {
    YieldTo yield = YieldTo.parse(" obi ");

    assertThat(yield.owner()).isEqualTo("obi");
    assertThat(yield.pods().areMetBy(Map.of())).isTrue();
  }

  @Test
  void aSelectorMayHaveEqualsSignsAndCommas() {
    YieldTo yield = YieldTo.parse("sock_dir=app=web,tier!=test");

    assertThat(yield.owner()).isEqualTo("sock_dir");
    assertThat(yield.pods().areMetBy(Map.of("app", "web"))).isTrue();
    assertThat(yield.pods().areMetBy(Map.of("app", "web", "tier", "test"))).isFalse();
    assertThat(yield.pods().areMetBy(Map.of())).isFalse();
  }

  @Test
  void aMistakeIsNamed() {
    assertThatThrownBy(() -> YieldTo.parse("=app=web"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("yield-to =app=web names no owner");
    assertThatThrownBy(() -> YieldTo.parse("obi=a b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("a b is not a label selector");
  }
}
