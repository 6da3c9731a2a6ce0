package io.podwire.bench.report.text;

import io.podwire.bench.PairedRatio;
import java.util.Locale;

/** Wording that the forms of a report share. */
public final class Prose {

  /** What the share of the removable is. */
  public static final String REMOVABLE =
      "The share of the removable is (off - on) / (off - pipe), by pingpong: of what a message takes longer over"
          + " plain TCP than through a pipe, the part that acceleration takes away. A pipe is the floor, what any"
          + " channel of the kernel costs on these CPUs, so the share means the same on every machine.";

  private Prose() {}

  /** What the interval of so many pairs holds, such as {@code 95 %} or, of few, {@code 50 %}. */
  public static String coverage(int pairs) {
    return String.format(
        Locale.ROOT, "%.0f %%", Math.min(95, Math.floor(100 * PairedRatio.coverage(pairs))));
  }

  /** The sentence in lines of at most so many columns, those after the first one indented. */
  public static String wrapped(String sentence, int columns) {
    StringBuilder lines = new StringBuilder();
    int column = 0;
    for (String word : sentence.split(" ")) {
      if (column > 0 && column + 1 + word.length() > columns) {
        lines.append(String.format("%n  "));
        column = 2;
      } else if (column > 0) {
        lines.append(' ');
        column++;
      }
      lines.append(word);
      column += word.length();
    }
    return lines.toString();
  }
}
