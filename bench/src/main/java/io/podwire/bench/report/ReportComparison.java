package io.podwire.bench.report;

import io.podwire.bench.BenchException;
import io.podwire.bench.model.Gain;
import io.podwire.bench.report.json.ComparisonDocument;
import io.podwire.bench.report.json.Json;
import io.podwire.bench.report.json.RatioDocument;
import io.podwire.bench.report.json.SavedReport;
import io.podwire.bench.report.text.Digits;
import io.podwire.bench.report.text.Prose;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Two reports side by side: the gains that both have. Never what the gains are made of, which two
 * runs do not share a machine's state for.
 */
public final class ReportComparison {

  private static final int SCHEMA = 1;
  private static final int COLUMNS = 100;
  private static final String HEAD = "%-46s %-21s %s%n";
  private static final String GROUP = "%n%s%n";
  private static final String ROW = "  %-44s %-21s %-21s %s";

  /**
   * What both reports have measured.
   *
   * @param a the gain in the first report
   * @param b the gain in the second report
   */
  private record Both(Gain a, Gain b) {

    /** The intervals have no value in common. */
    boolean changed() {
      return !a.ratio().overlaps(b.ratio());
    }
  }

  private final SavedReport a;
  private final SavedReport b;
  private final List<Both> both;

  private ReportComparison(SavedReport a, SavedReport b) {
    this.a = a;
    this.b = b;
    this.both =
        a.gains().values().stream()
            .filter(gain -> b.gains().containsKey(gain.name()))
            .map(gain -> new Both(gain, b.gains().get(gain.name())))
            .toList();
  }

  /**
   * Reads both.
   *
   * @throws BenchException when one is not a report that this version reads, or they have measured
   *     nothing in common
   */
  public static ReportComparison of(Path a, Path b) {
    ReportComparison comparison = new ReportComparison(SavedReport.read(a), SavedReport.read(b));
    if (comparison.both.isEmpty()) {
      throw new BenchException(
          a + " and " + b + " have measured nothing in common: compare runs of the same profile");
    }
    return comparison;
  }

  /** The comparison for a terminal 100 columns wide. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(described("A", a)).append(described("B", b));
    text.append(
        String.format(
            "Gains: how many times as good with acceleration as without, within each run, with their intervals.%n"));
    text.append(String.format(HEAD, "", "A", "B"));
    String group = "";
    for (Both one : both) {
      if (!one.a().group().equals(group)) {
        group = one.a().group();
        text.append(String.format(GROUP, group));
      }
      text.append(
          String.format(
                  ROW,
                  one.a().title(),
                  Digits.withInterval(one.a().ratio()),
                  Digits.withInterval(one.b().ratio()),
                  one.changed() ? "changed" : "")
              .stripTrailing());
      text.append(String.format("%n"));
    }
    text.append(
        String.format(
            Locale.ROOT,
            "%n%d of %d changed: their intervals do not overlap. Only in A: %d, only in B: %d.%n",
            both.stream().filter(Both::changed).count(),
            both.size(),
            a.gains().size() - both.size(),
            b.gains().size() - both.size()));
    return text.toString();
  }

  /** The comparison for programs, as JSON; {@code docs/bench.md} documents it. */
  public String json() {
    return Json.text(
        new ComparisonDocument(
            SCHEMA,
            run(a),
            run(b),
            both.stream().map(ReportComparison::gain).toList(),
            onlyIn(a, b),
            onlyIn(b, a)));
  }

  private static List<String> onlyIn(SavedReport one, SavedReport other) {
    List<String> names = new ArrayList<>(one.gains().keySet());
    names.removeAll(other.gains().keySet());
    return names;
  }

  private static ComparisonDocument.RunDocument run(SavedReport report) {
    return new ComparisonDocument.RunDocument(
        report.file().toString(), report.began(), report.run());
  }

  private static ComparisonDocument.BothDocument gain(Both both) {
    return new ComparisonDocument.BothDocument(
        both.a().name(),
        both.a().group(),
        both.a().title(),
        RatioDocument.of(both.a().ratio()),
        RatioDocument.of(both.b().ratio()),
        both.changed());
  }

  private static String described(String name, SavedReport report) {
    return Prose.wrapped(
            name + "  " + report.file() + ", " + report.began() + ": " + report.run(), COLUMNS)
        + String.format("%n");
  }
}
