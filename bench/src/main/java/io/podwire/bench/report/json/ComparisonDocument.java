package io.podwire.bench.report.json;

import java.util.List;

/**
 * Two reports side by side, as JSON.
 *
 * @param schema version of these fields
 * @param a the first run
 * @param b the second run
 * @param gains those that both have measured, in the order of the first
 * @param onlyA names of the gains that only the first has
 * @param onlyB names of the gains that only the second has
 */
public record ComparisonDocument(
    int schema,
    RunDocument a,
    RunDocument b,
    List<BothDocument> gains,
    List<String> onlyA,
    List<String> onlyB) {

  /**
   * One of the two runs.
   *
   * @param file that its report was read from
   * @param began when it began, ISO 8601
   * @param run for people: what was run, and where
   */
  public record RunDocument(String file, String began, String run) {}

  /**
   * A gain in both runs.
   *
   * @param name the same in both
   * @param group title that it shares with its neighbours
   * @param title which of the group it is
   * @param a in the first run
   * @param b in the second run
   * @param changed whether the intervals have no value in common
   */
  public record BothDocument(
      String name, String group, String title, RatioDocument a, RatioDocument b, boolean changed) {}
}
