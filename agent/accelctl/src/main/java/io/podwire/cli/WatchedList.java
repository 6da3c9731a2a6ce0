package io.podwire.cli;

import io.podwire.agent.Names;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.Flow;
import io.podwire.datapath.Observation;
import io.podwire.datapath.Role;
import io.podwire.testbed.Terminal;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/**
 * A list that is made of flows: printed once, or with {@code --watch} every second again. On a
 * terminal its lines are no longer than the terminal's, and one that is watched stays in its place.
 */
final class WatchedList {

  /** What a list is ordered by, largest first. */
  enum Order {
    AGE(traffic -> -traffic.joinedNanos()),
    BYTES(Traffic::allBytes),
    MESSAGES(Traffic::allMessages),
    BACKLOG(Traffic::backlog);

    private final ToLongFunction<Traffic> key;

    Order(ToLongFunction<Traffic> key) {
      this.key = key;
    }

    /** The value of the option {@code --sort}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The flows at one moment.
   *
   * @param flows each of them
   * @param stalled the handshakes of those that are, where that took two looks
   * @param observed ends of connections that are only observed
   * @param names of their ends
   */
  record Look(List<Flow> flows, Set<Long> stalled, List<Observation> observed, Names names) {}

  /**
   * A row.
   *
   * @param subject whom or what it tells of
   * @param traffic what that did
   */
  record Row<T>(T subject, Traffic traffic) {}

  /** What a list says of the flows. */
  interface Content {

    /** Whether it takes a second look to tell whether these are stalled. */
    boolean takesTwoLooks(List<Flow> flows);

    /** Answers a program. */
    Record document(Look look);

    /** Answers people. */
    Table<?> table(Look look);

    /** The line below the table. */
    String summary(Look look);
  }

  private static final long PAUSE_MILLIS = 1000;

  /** Lines of a terminal below a table that is watched: the summary, and the cursor's. */
  private static final int BELOW = 2;

  private static final String BEGIN_SCREEN = "\u001b[H\u001b[?7l"; // top left; long lines end
  private static final String CLEAR_LINE = "\u001b[2K"; // behind a full line, its end would go too
  private static final String END_SCREEN = "\u001b[J\u001b[?7h"; // clears what is below

  private final Supplier<Optional<Terminal>> terminal;

  @Option(
      names = "--sort",
      paramLabel = "age|bytes|messages|backlog",
      description = "largest first; default: ${DEFAULT-VALUE}")
  private Order order;

  @Option(names = "--watch", description = "every second again, until it is interrupted")
  private boolean watch;

  /**
   * @param order unless another is asked for
   * @param terminal that it is printed on, as large as that is now; empty where it is on none
   */
  WatchedList(Order order, Supplier<Optional<Terminal>> terminal) {
    this.order = order;
    this.terminal = terminal;
  }

  /** Prints it; where it is watched, until nobody reads it any more. */
  void print(DatapathView datapath, AgentOption agent, AnswerOptions answer, Content content) {
    List<Flow> before = datapath.flows();
    do {
      List<Flow> now = before;
      if (watch || content.takesTwoLooks(before)) {
        pause();
        now = datapath.flows();
      }
      Look look = new Look(now, stalled(before, now), datapath.observed(), agent.names());
      if (answer.isJson()) {
        JsonAnswer.print(content.document(look), answer.out());
      } else {
        print(content.table(look), content.summary(look), answer);
      }
      answer.out().flush();
      before = now;
    } while (watch && !answer.out().checkError());
  }

  /** A row for each flow. */
  static Stream<Row<Flow>> rows(List<Flow> flows) {
    return flows.stream().map(flow -> new Row<>(flow, Traffic.of(flow)));
  }

  /** Rows in the order that was asked for. */
  <T> List<Row<T>> sorted(Stream<Row<T>> rows) {
    return rows.sorted(
            Comparator.<Row<T>>comparingLong(row -> order.key.applyAsLong(row.traffic()))
                .reversed())
        .toList();
  }

  /** Adds the columns of what connections did; with all digits where there is room for them. */
  static <T> Table<Row<T>> withTraffic(Table<Row<T>> table, boolean wide) {
    LongFunction<String> age = wide ? seconds -> seconds + "s" : Wording::age;
    LongFunction<String> amount = amount(wide);
    return table
        .numbers("AGE", row -> age.apply(row.traffic().ageSeconds()))
        .numbers("MESSAGES", row -> amount.apply(row.traffic().allMessages()))
        .numbers("BYTES", row -> amount.apply(row.traffic().allBytes()));
  }

  /** Adds the column of what waits for readers, which only flows can have. */
  static <T> Table<Row<T>> withBacklog(Table<Row<T>> table, boolean wide) {
    LongFunction<String> amount = amount(wide);
    return table.numbers("BACKLOG", row -> amount.apply(row.traffic().backlog()));
  }

  private static LongFunction<String> amount(boolean wide) {
    return wide ? Long::toString : Wording::amount;
  }

  /** What a summary says of observed connections, if there are any. */
  static String observed(Look look) {
    long connections = look.observed().stream().filter(end -> end.role() == Role.CLIENT).count();
    return connections == 0 ? "" : ", " + connections + " observed";
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static Set<Long> stalled(List<Flow> before, List<Flow> now) {
    Map<Long, Flow> earlier =
        before.stream()
            .collect(
                Collectors.toMap(
                    Flow::handshake, Function.identity(), (one, other) -> one)); // an end in each
    Set<Long> stalled = new HashSet<>();
    for (Flow flow : now) {
      Flow then = earlier.get(flow.handshake());
      if (then != null && flow.isStalledSince(then)) {
        stalled.add(flow.handshake());
      }
    }
    return stalled;
  }

  private void print(Table<?> table, String summary, AnswerOptions answer) {
    Optional<Terminal> on = terminal.get();
    boolean narrow = on.isPresent() && !answer.isWide();
    List<String> lines = table.lines(narrow ? on.get().columns() : Table.UNLIMITED);
    if (watch && on.isPresent()) {
      show(lines, summary, Math.max(0, on.get().rows() - BELOW), answer.out());
    } else {
      lines.forEach(answer.out()::println);
      answer.out().println(summary);
    }
  }

  /** Draws over what is there, which flickers less than to clear it first. */
  private static void show(List<String> lines, String summary, int room, PrintWriter out) {
    int hidden = Math.max(0, lines.size() - room);
    out.print(BEGIN_SCREEN);
    lines.stream()
        .limit(lines.size() - hidden)
        .forEach(line -> out.print(CLEAR_LINE + line + "\n"));
    String rest = hidden > 0 ? ", " + hidden + " not shown" : "";
    out.print(CLEAR_LINE + summary + rest + "\n" + END_SCREEN);
  }
}
