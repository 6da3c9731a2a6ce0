package io.podwire.bench.report.chart;

import io.podwire.bench.Effect;
import io.podwire.bench.PairedRatio;
import io.podwire.bench.model.Cell;
import io.podwire.bench.model.Column;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.Table;
import io.podwire.bench.report.text.Digits;
import java.util.List;
import java.util.Locale;

/** The gains of a whole table as one picture: a square for each cell. */
public final class GainGrid {

  private static final int LEFT = 196;
  private static final int CELL_WIDTH = 58;
  private static final int CELL_HEIGHT = 36;
  private static final int GAP = 2;
  private static final int MARGIN = 14;
  private static final int LEGEND = 34;
  private static final double CHARACTER = 6.6; // width at the 12 px of a label
  private static final double SLOPE = Math.toRadians(40);
  private static final double FAINTEST = 0.16;
  private static final double FULLEST = 0.62;
  private static final double GAIN_OF_FULLEST = 3;

  private final Table table;
  private final List<Column> workloads;
  private final List<Link> links;
  private final int top;
  private final StringBuilder svg = new StringBuilder();

  private GainGrid(Table table) {
    this.table = table;
    this.workloads = table.workloads();
    this.links = table.links();
    this.top = MARGIN + (int) (longestTitle() * Math.sin(SLOPE)) + 14;
  }

  static Picture of(Table table) {
    return new GainGrid(table).picture();
  }

  private Picture picture() {
    heads();
    for (int row = 0; row < links.size(); row++) {
      row(row);
    }
    int bottom = top + links.size() * CELL_HEIGHT;
    legend(bottom + 22);
    int overhang = (int) (longestTitle() * Math.cos(SLOPE)) - CELL_WIDTH / 2;
    int width = LEFT + workloads.size() * CELL_WIDTH + Math.max(0, overhang) + MARGIN;
    return new Picture(
        Math.max(width, 620),
        bottom + LEGEND,
        table.nullTest()
            ? "off against off, by link and workload"
            : "how many times as good with acceleration as without, by link and workload",
        svg.toString());
  }

  private double longestTitle() {
    return CHARACTER * workloads.stream().mapToInt(one -> one.title().length()).max().orElse(0);
  }

  private void heads() {
    for (int column = 0; column < workloads.size(); column++) {
      add(
          "<text class=\"strong\" transform=\"translate(%d %d) rotate(-40)\">%s</text>\n",
          LEFT + column * CELL_WIDTH + CELL_WIDTH / 2,
          top - 8,
          Markup.escaped(workloads.get(column).title()));
    }
  }

  private void row(int row) {
    Link link = links.get(row);
    int y = top + row * CELL_HEIGHT;
    add(
        "<text class=\"strong\" x=\"%d\" y=\"%d\">%s</text>"
            + "<text class=\"small\" x=\"%d\" y=\"%d\">%s, %s</text>\n",
        MARGIN,
        y + 15,
        link.network().title(),
        MARGIN,
        y + 29,
        link.target().title(),
        link.family().title());
    for (int column = 0; column < workloads.size(); column++) {
      cell(table.cell(link, workloads.get(column)), LEFT + column * CELL_WIDTH, y);
    }
  }

  private void cell(Cell cell, int x, int y) {
    if (!cell.isMeasured()) {
      text(x, y, "small middle", "–", cell.obstacle().orElseThrow());
      return;
    }
    PairedRatio gain = cell.gain();
    boolean seen = gain.effect() != Effect.NONE_SEEN;
    double share = Math.min(1, Math.abs(Math.log(gain.value())) / Math.log(GAIN_OF_FULLEST));
    add(
        "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\"%s/>",
        style(gain.effect()),
        x + GAP / 2,
        y + GAP / 2,
        CELL_WIDTH - GAP,
        CELL_HEIGHT - GAP,
        seen
            ? String.format(
                Locale.ROOT, " fill-opacity=\"%.2f\"", FAINTEST + share * (FULLEST - FAINTEST))
            : "");
    text(
        x,
        y,
        (seen ? "strong" : "plain") + " middle",
        String.format(Locale.ROOT, "%.2f", gain.value()),
        Digits.withInterval(gain));
  }

  private void text(int x, int y, String style, String text, String hint) {
    add(
        "<text class=\"%s\" x=\"%d\" y=\"%d\">%s<title>%s</title></text>\n",
        style, x + CELL_WIDTH / 2, y + CELL_HEIGHT / 2 + 4, text, Markup.escaped(hint));
  }

  private void legend(int y) {
    int x = MARGIN;
    for (Effect effect : Effect.values()) {
      add(
          "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"16\" height=\"12\" rx=\"2\"%s/>"
              + "<text x=\"%d\" y=\"%d\">%s</text>\n",
          style(effect),
          x,
          y - 10,
          effect == Effect.NONE_SEEN ? "" : " fill-opacity=\"0.5\"",
          x + 22,
          y,
          effect.title());
      x += 40 + (int) (effect.title().length() * CHARACTER);
    }
    add("<text x=\"%d\" y=\"%d\">– not measured</text>\n", x, y);
    add(
        "<text x=\"%d\" y=\"%d\">%s</text>\n",
        x + 110, y, table.nullTest() ? "off again / off" : "times as good as off; more is better");
  }

  /** Class of an effect in the style sheet. */
  public static String style(Effect effect) {
    return switch (effect) {
      case HELPS -> "helps";
      case NONE_SEEN -> "none-seen";
      case COSTS -> "costs";
    };
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
