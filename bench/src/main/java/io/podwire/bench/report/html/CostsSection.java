package io.podwire.bench.report.html;

import io.podwire.bench.model.Cost;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.Figure;
import io.podwire.bench.report.chart.GainGrid;
import io.podwire.bench.report.chart.Markup;
import io.podwire.bench.report.text.Digits;
import java.util.ArrayList;
import java.util.List;

/** The costs in {@code report.html}. */
final class CostsSection {

  private CostsSection() {}

  static Section of(Costs costs) {
    List<String> parts = new ArrayList<>();
    if (!costs.comparisons().isEmpty()) {
      parts.add(
          Html.table(
              "Measured in pairs; gain: how many times as good the second is as the first",
              List.of("", "without", "", "with", "", "unit", "gain"),
              costs.comparisons().stream().map(CostsSection::row).toList()));
    }
    if (!costs.figures().isEmpty()) {
      parts.add(
          Html.table(
              "Single figures",
              List.of("", "value", "unit"),
              costs.figures().stream().map(CostsSection::row).toList()));
    }
    return new Section("costs", "What acceleration costs", String.join("", parts));
  }

  private static String row(Cost cost) {
    return Html.row(
        Markup.escaped(cost.title()),
        List.of(
            Html.words(cost.baseline()),
            Html.number(Digits.of(cost.baselineMedian())),
            Html.words(cost.treatment()),
            Html.number(Digits.of(cost.treatmentMedian())),
            Html.words(cost.unit().symbol()),
            Html.cell(
                "number " + GainGrid.style(cost.gain().effect()),
                "<b>" + Digits.of(cost.gain()) + "</b> " + Digits.interval(cost.gain()))));
  }

  private static String row(Figure figure) {
    return Html.row(
        Markup.escaped(figure.title()),
        List.of(Html.number(Digits.of(figure.value())), Html.words(figure.unit().symbol())));
  }
}
