package io.podwire.bench.report.html;

import io.podwire.bench.model.BenchReport;
import io.podwire.bench.model.Environment;
import io.podwire.bench.report.chart.Markup;
import io.podwire.bench.report.chart.Picture;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A report as {@code report.html}: one file that needs nothing else. */
public final class ReportHtml {

  private ReportHtml() {}

  public static String of(BenchReport report) {
    List<Section> sections = sections(report);
    Environment environment = report.environment();
    return template()
        .replace("@STYLE@", Picture.style())
        .replace("@BEGAN@", report.began().truncatedTo(ChronoUnit.SECONDS).toString())
        .replace(
            "@MACHINE@",
            Markup.escaped(
                String.join(
                    " · ",
                    "profile " + report.options().profile(),
                    report.options().rounds() + " pairs of rounds",
                    report.took().toSeconds() + " s",
                    environment.cpus() + " × " + environment.cpuModel(),
                    "Linux " + environment.kernel().split(" ")[0])))
        .replace(
            "@LINKS@",
            sections.stream()
                .map(one -> "<a href=\"#" + one.id() + "\">" + Markup.escaped(one.title()) + "</a>")
                .collect(Collectors.joining("\n")))
        .replace("@SECTIONS@", sections.stream().map(Section::html).collect(Collectors.joining()));
  }

  private static List<Section> sections(BenchReport report) {
    List<Section> sections = new ArrayList<>();
    sections.add(SummarySection.of(report));
    PublishedSection.of(report).ifPresent(sections::add);
    report.table().ifPresent(table -> sections.addAll(TableSection.of(table)));
    report.headline().ifPresent(headline -> sections.addAll(HeadlineSection.of(headline)));
    report.costs().ifPresent(costs -> sections.add(CostsSection.of(costs)));
    sections.add(EnvironmentSection.of(report));
    return sections;
  }

  private static String template() {
    try (InputStream in = ReportHtml.class.getResourceAsStream("report.html")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
