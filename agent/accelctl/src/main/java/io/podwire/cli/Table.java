package io.podwire.cli;

import io.podwire.agent.OneLine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Rows under headings, in columns as wide as what is in them, or narrower where there is no room.
 *
 * @param <T> what a row tells of
 */
final class Table<T> {

  /** Room for every line. */
  static final int UNLIMITED = Integer.MAX_VALUE;

  /** Between columns. */
  private static final String GAP = "  ";

  private static final String NARROW_GAP = " ";

  /** No column is made narrower than this. */
  private static final int NARROWEST = 8;

  /** What is in a column, which says what is left of it where there is no room. */
  private enum Kind {
    NAMES,
    WORDS,
    NUMBERS
  }

  private record Column<T>(String heading, Kind kind, Function<T, String> cell) {

    String padded(String text, int width) {
      String shortened = shortened(text, width);
      String space = " ".repeat(width - shortened.length());
      return kind == Kind.NUMBERS ? space + shortened : shortened + space;
    }

    private String shortened(String text, int width) {
      if (text.length() <= width) {
        return text;
      }
      int end = kind == Kind.NAMES ? width / 2 : 0;
      return text.substring(0, width - 1 - end) + "…" + text.substring(text.length() - end);
    }
  }

  private final List<T> rows;
  private final List<Column<T>> columns = new ArrayList<>();

  Table(List<T> rows) {
    this.rows = rows;
  }

  /** Adds a column of names, which lose their middle where there is no room. */
  Table<T> names(String heading, Function<T, String> cell) {
    return add(heading, Kind.NAMES, cell);
  }

  /** Adds a column of words, which lose their end. */
  Table<T> words(String heading, Function<T, String> cell) {
    return add(heading, Kind.WORDS, cell);
  }

  /** Adds a column of numbers, which lose nothing. */
  Table<T> numbers(String heading, Function<T, String> cell) {
    return add(heading, Kind.NUMBERS, cell);
  }

  private Table<T> add(String heading, Kind kind, Function<T, String> cell) {
    columns.add(new Column<>(heading, kind, cell));
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
    rows.forEach(
        row ->
            cells.add(columns.stream().map(c -> OneLine.printable(c.cell().apply(row))).toList()));
    int[] widths = widths(cells);
    String gap = length(widths, GAP) > room ? NARROW_GAP : GAP;
    shorten(widths, length(widths, gap) - room);
    return cells.stream().map(line -> line(line, widths, gap)).toList();
  }

  private int[] widths(List<List<String>> cells) {
    return IntStream.range(0, columns.size())
        .map(column -> cells.stream().mapToInt(line -> line.get(column).length()).max().orElse(0))
        .toArray();
  }

  private static int length(int[] widths, String gap) {
    return IntStream.of(widths).sum() + gap.length() * (widths.length - 1);
  }

  /** Takes so many characters from the columns that yield, each time from the widest. */
  private void shorten(int[] widths, int characters) {
    for (int left = characters; left > 0; left--) {
      IntStream.range(0, widths.length)
          .filter(column -> columns.get(column).kind() != Kind.NUMBERS)
          .filter(column -> widths[column] > NARROWEST)
          .boxed()
          .max(
              Comparator.<Integer>comparingInt(column -> widths[column])
                  .thenComparing(Comparator.naturalOrder()))
          .ifPresent(widest -> widths[widest]--);
    }
  }

  private String line(List<String> cells, int[] widths, String gap) {
    return IntStream.range(0, widths.length)
        .mapToObj(column -> columns.get(column).padded(cells.get(column), widths[column]))
        .collect(Collectors.joining(gap))
        .stripTrailing();
  }
}
