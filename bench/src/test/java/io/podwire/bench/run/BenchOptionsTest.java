package io.podwire.bench.run;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.podwire.bench.Placement;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BenchOptionsTest {

  @Test
  void nameTheOptionThatIsOutOfRangeAndTheRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(1, 1, 14))
        .withMessage("rounds must be 2 to 1000, not 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(2, 0, 14))
        .withMessage("seconds must be 1 to 60, not 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(2, 1, 13))
        .withMessage("message-size must be 14 to 65507, not 13");
  }

  private static BenchOptions options(int rounds, int seconds, int size) {
    return new BenchOptions(
        rounds, seconds, List.of(size), List.of(Placement.SAME), Path.of("report"));
  }
}
