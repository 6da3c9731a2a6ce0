package io.podwire.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.offset;

import io.podwire.bench.BenchException;
import io.podwire.bench.model.BenchReport;
import io.podwire.bench.report.json.Json;
import io.podwire.bench.report.json.ReportDocument;
import io.podwire.bench.report.json.SavedReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

final class ReportComparisonTest {

  @TempDir private Path directory;

  @Test
  void saysWhichGainsChangedAndShowsNoAbsoluteFigures() throws Exception {
    Path a = saved("a.json", ReportFixture.standard(1));
    Path b = saved("b.json", ReportFixture.standard(1.5));

    assertThat(ReportComparison.of(a, b).text())
        .containsPattern("(?m)^  latency, 14 bytes +2\\.\\d\\d \\[.*] +3\\.\\d\\d \\[.*] +changed$")
        .containsPattern(
            "(?m)^  sockperf off/on +2\\.00 \\[2\\.00, 2\\.00] +2\\.00 \\[2\\.00, 2\\.00]$")
        .contains("130 of 136 changed: their intervals do not overlap. Only in A: 0, only in B: 0.")
        .doesNotContain("µs")
        .satisfies(text -> assertThat(text.lines()).allMatch(line -> line.length() <= 100));
  }

  @Test
  void aReportHasNotChangedFromItself() throws Exception {
    Path a = saved("a.json", ReportFixture.standard());

    assertThat(ReportComparison.of(a, a).text()).contains("0 of 136 changed");
  }

  @Test
  void comparesWhatBothHave() throws Exception {
    Path a = saved("a.json", ReportFixture.quick());
    Path b = saved("b.json", ReportFixture.standard());

    JsonNode json = new ObjectMapper().readTree(ReportComparison.of(a, b).json());

    assertThat(json.at("/gains")).hasSize(4);
    assertThat(json.at("/gains/0/name").asString()).isEqualTo("latency/same/14/sockperf");
    assertThat(json.at("/gains/0/a/ratio").asDouble()).isEqualTo(2, offset(0.01));
    assertThat(json.at("/gains/0/changed").asBoolean()).isFalse();
    assertThat(json.at("/only_a")).isEmpty();
    assertThat(json.at("/only_b")).hasSize(132);
    assertThat(json.at("/a/run").asString()).contains("profile quick", "Linux 6.18.44");
  }

  @Test
  void reportsOfEarlierBuildsAreRead() throws Exception {
    Path results = Path.of("results", "2026-11-26");
    Path standard = results.resolve("standard/report.json");
    Path nullTest = results.resolve("null-test/report.json");

    assertThat(SavedReport.read(standard).run())
        .isEqualTo(
            "profile standard, 6 pairs, 200 Services, ends on CPU same, 2 x AMD EPYC, gears none,"
                + " Linux 6.18.44-fc-v669");
    assertThat(SavedReport.read(nullTest).run()).startsWith("null test, profile standard, ");
    assertThat(ReportComparison.of(standard, standard).text()).contains("0 of 141 changed");
  }

  @Test
  void noiseIsNotComparedWithGains() throws Exception {
    Path a = saved("a.json", ReportFixture.standard());
    Path b = saved("b.json", ReportFixture.nullTest());

    assertRefused(
        a,
        b,
        a + " and " + b + " have measured nothing in common: compare runs of the same profile");
  }

  @Test
  void saysOfABadFileWhatIsBadInOneLine() throws Exception {
    Path good = saved("good.json", ReportFixture.quick());

    assertRefused(
        good,
        directory.resolve("none.json"),
        "there is no report " + directory.resolve("none.json"));
    assertRefused(
        file("text.json", "hello"), good, "is not a report of the bench: it is no JSON: ");
    assertRefused(file("empty.json", ""), good, "is not a report of the bench: it names no schema");
    assertRefused(
        file("array.json", "[]"), good, "is not a report of the bench: it names no schema");
    assertRefused(
        good,
        file("old.json", "{\"schema\": 1}"),
        "has schema 1, and this version reads schema 2: measure again");
    assertRefused(
        file("part.json", "{\"schema\": 2}"), good, "is not a whole report of the bench: ");
    assertRefused(
        file(
            "words.json",
            Json.text(ReportDocument.of(ReportFixture.quick()))
                .replaceFirst("\"low\" : [0-9.]+", "\"low\" : \"1\"")),
        good,
        "is not a whole report of the bench: ");
    assertRefused(directory, good, "cannot read " + directory);
  }

  private static void assertRefused(Path a, Path b, String complaint) {
    assertThatExceptionOfType(BenchException.class)
        .isThrownBy(() -> ReportComparison.of(a, b))
        .withMessageContaining(complaint)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
  }

  private Path saved(String name, BenchReport report) throws IOException {
    return file(name, Json.text(ReportDocument.of(report)));
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }
}
