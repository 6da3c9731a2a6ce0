package io.podwire.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.model.BenchReport;
import io.podwire.bench.report.json.SavedReport;
import io.podwire.bench.report.text.Summary;
import io.podwire.bench.table.Workload;
import io.podwire.bench.table.Workloads;
import io.podwire.testbed.Placement;
import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run of the bench, as short as can be. */
@KernelTest
final class BenchTest {

  @TempDir private Path directory;

  @Test
  void aNullTestMeasuresTheTableAloneAndWritesItsReport() {
    Path output = directory.resolve("report");
    List<String> steps = new ArrayList<>();

    BenchReport report =
        Bench.run(
            new BenchOptions(
                Profile.STANDARD,
                2,
                Optional.empty(),
                List.of(14),
                List.of(Placement.SAME),
                0,
                true,
                List.of("macvlan/pod-ip/ipv4"),
                Workloads.all(List.of(14), Workloads.DEFAULT_TIME).stream()
                    .map(Workload::name)
                    .limit(1)
                    .toList(),
                output),
            (done, total, what) -> steps.add(done + "/" + total));

    int cells = report.table().orElseThrow().cells().size();
    assertThat(report.headline()).isEmpty();
    assertThat(report.costs()).isEmpty();
    assertThat(steps).last().isEqualTo(cells + "/" + cells);
    assertThat(steps).hasSize(cells + 1);
    assertThat(Summary.of(report)).first().asString().startsWith("Off against off: ");
    assertThat(SavedReport.read(output.resolve("report.json")).run()).startsWith("null test, ");
    assertThat(output).isDirectoryContaining("glob:**/report.html");
    assertThat(output).isDirectoryContaining("glob:**/summary.svg");
  }
}
