package io.podwire.bench.report.json;

import io.podwire.bench.model.Cost;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.Figure;
import java.util.List;

/** The costs in {@code report.json}. */
record CostsDocument(List<CostDocument> comparisons, List<FigureDocument> figures) {

  /** What was measured in pairs. */
  record CostDocument(
      String name,
      String title,
      String unit,
      String baseline,
      List<Double> baselines,
      String treatment,
      List<Double> treatments,
      RatioDocument gain) {

    static CostDocument of(Cost cost) {
      return new CostDocument(
          cost.name(),
          cost.title(),
          cost.unit().symbol(),
          cost.baseline(),
          cost.baselines(),
          cost.treatment(),
          cost.treatments(),
          RatioDocument.of(cost.gain()));
    }
  }

  /** A single number. */
  record FigureDocument(String name, String title, String unit, double value) {

    static FigureDocument of(Figure figure) {
      return new FigureDocument(
          figure.name(), figure.title(), figure.unit().symbol(), figure.value());
    }
  }

  static CostsDocument of(Costs costs) {
    return new CostsDocument(
        costs.comparisons().stream().map(CostDocument::of).toList(),
        costs.figures().stream().map(FigureDocument::of).toList());
  }
}
