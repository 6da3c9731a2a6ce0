package io.podwire.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

final class CpusTest {

  @Test
  void sameIsTheLastAllowedCpuForBothEnds() {
    assertThat(Cpus.choose(Placement.SAME, "0-3,8")).isEqualTo(new Cpus(8, 8));
  }

  @Test
  void splitIsTheLastTwoAllowedCpus() {
    assertThat(Cpus.choose(Placement.SPLIT, "0-3,8")).isEqualTo(new Cpus(8, 3));
  }

  @Test
  void splitNeedsTwoCpus() {
    assertThatExceptionOfType(TestbedException.class)
        .isThrownBy(() -> Cpus.choose(Placement.SPLIT, "5"))
        .withMessage("cannot put the two ends on two CPUs: this process may use only CPU 5");
  }

  @Test
  void saysWhereTheEndsRan() {
    assertThat(Cpus.choose(Placement.SAME, "0-1")).hasToString("both ends on CPU 1");
    assertThat(Cpus.choose(Placement.SPLIT, "0-1")).hasToString("server on CPU 1, client on CPU 0");
    assertThat(Cpus.choose(Placement.ANY, "0-1")).hasToString("not pinned");
  }
}
