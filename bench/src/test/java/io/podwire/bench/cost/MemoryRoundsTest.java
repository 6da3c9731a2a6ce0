package io.podwire.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.model.Figure;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MemoryRoundsTest {

  @Test
  void whatIsAddedIsTheMedianOfThePairsDifferences() {
    List<Figure> figures =
        MemoryRounds.figures(
            List.of(9_000.0, 9_100.0, 20_000.0), List.of(12_000.0, 12_000.0, 23_500.0));

    assertThat(figures).extracting(Figure::value).containsExactly(9_100.0, 12_000.0, 3_000.0);
  }

  @Test
  void kernelMemoryIsWhatCannotBeReclaimed() {
    List<String> meminfo =
        List.of(
            "MemFree:        18528140 kB",
            "Slab:             239632 kB",
            "SReclaimable:     195432 kB",
            "SUnreclaim:        44200 kB",
            "VmallocTotal:   34359738367 kB",
            "VmallocUsed:       18924 kB",
            "Percpu:              856 kB");

    assertThat(KernelMemory.of(meminfo)).isEqualTo(44_200L * 1024);
  }
}
