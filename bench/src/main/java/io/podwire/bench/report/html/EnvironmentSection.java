package io.podwire.bench.report.html;

import io.podwire.bench.model.BenchReport;
import io.podwire.bench.model.Environment;
import io.podwire.bench.model.RunOptions;
import io.podwire.bench.report.chart.Markup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Where and with what a bench ran, in {@code report.html}. */
final class EnvironmentSection {

  private EnvironmentSection() {}

  static Section of(BenchReport report) {
    Environment environment = report.environment();
    RunOptions options = report.options();
    List<String> rows = new ArrayList<>();
    row(rows, "Kernel", environment.kernel());
    row(rows, "CPU", environment.cpus() + " × " + environment.cpuModel());
    row(rows, "Frequency governor", environment.governor());
    row(rows, "Steal time", String.format(Locale.ROOT, "%.1f %%", environment.stealPercent()));
    row(rows, "Load average at the beginning", Double.toString(environment.loadAverage()));
    row(rows, "Congestion control", environment.congestionControl());
    row(rows, "Java", environment.java());
    environment.tools().forEach((tool, version) -> row(rows, tool, version));
    row(rows, "Datapath settings", environment.settings().toString());
    row(
        rows,
        "Options",
        String.format(
            Locale.ROOT,
            "profile %s, %d pairs of rounds, of %d s and in the table of %s s, message sizes %s, placements %s, %d Services",
            options.profile(),
            options.rounds(),
            options.seconds(),
            options.tableSeconds(),
            options.messageSizes(),
            options.placements(),
            options.services()));
    environment.mitigations().entrySet().stream()
        .filter(vulnerability -> !vulnerability.getValue().equals("Not affected"))
        .forEach(vulnerability -> row(rows, vulnerability.getKey(), vulnerability.getValue()));
    return new Section(
        "environment",
        "Environment",
        "<div class=\"scroll\"><table class=\"environment\">\n<tbody>\n"
            + rows.stream().collect(Collectors.joining())
            + "</tbody>\n</table></div>\n");
  }

  private static void row(List<String> rows, String name, String value) {
    rows.add(Html.row(Markup.escaped(name), List.of(Html.words(value))));
  }
}
