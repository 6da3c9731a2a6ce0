package io.podwire.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Rows under headings, in columns as wide as what is in them, or narrower where there is no room.
 *
 * @param <T> what a row tells of
 */
final class Table<T> {

  /** Room for every line. */
  static final int UNLIMITED = Integer.MAX_VALUE;

  private static final String GAP = "  ";

  /** Words are made no narrower than this. */
  private static final int NARROWEST = 8;

  private record Column<T>(String heading, boolean isNumber, Function<T, String> cell) {}

  private final List<T> rows;
  private final List<Column<T>> columns = new ArrayList<>();

  Table(List<T> rows) {
    this.rows = rows;
  }

  /** Adds a column of words, which are shortened in their middle where there is no room. */
  Table<T> words(String heading, Function<T, String> cell) {
    columns.add(new Column<>(heading, false, cell));
    return this;
  }

  /** Adds a column of numbers, which are never shortened. */
  Table<T> numbers(String heading, Function<T, String> cell) {
    columns.add(new Column<>(heading, true, cell));
    return this;
  }

  /**
   * The lines, headings first; none where there are no rows.
   *
   * @param room characters that a line may have
   */
  List<String> lines(int room) {
    if (rows.isEmpty()) {
      return List.of();
    }
    List<List<String>> cells = new ArrayList<>();
    cells.add(columns.stream().map(Column::heading).toList());
    rows.forEach(row -> cells.add(columns.stream().map(c -> c.cell().apply(row)).toList()));
    int[] widths = widths(cells, room);
    return cells.stream().map(line -> line(line, widths)).toList();
  }

  private int[] widths(List<List<String>> cells, int room) {
    int[] widths =
        IntStream.range(0, columns.size())
            .map(
                column ->
                    cells.stream().mapToInt(line -> line.get(column).length()).max().orElse(0))
            .toArray();
    int tooLong = IntStream.of(widths).sum() + GAP.length() * (widths.length - 1) - room;
    for (; tooLong > 0; tooLong--) {
      IntStream.range(0, widths.length)
          .filter(column -> !columns.get(column).isNumber() && widths[column] > NARROWEST)
          .boxed()
          .max(Comparator.comparing(column -> widths[column]))
          .ifPresent(widest -> widths[widest]--);
    }
    return widths;
  }

  private String line(List<String> cells, int[] widths) {
    List<String> padded = new ArrayList<>();
    for (int column = 0; column < widths.length; column++) {
      String cell = shortened(cells.get(column), widths[column]);
      String space = " ".repeat(widths[column] - cell.length());
      padded.add(columns.get(column).isNumber() ? space + cell : cell + space);
    }
    return String.join(GAP, padded).stripTrailing();
  }

  /** The beginning and the end of a text that is too long. */
  private static String shortened(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    int begin = (length - 1) / 2;
    return text.substring(0, begin) + "…" + text.substring(text.length() - (length - 1 - begin));
  }
}
