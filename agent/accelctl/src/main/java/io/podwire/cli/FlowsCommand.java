package io.podwire.cli;

import io.podwire.datapath.Counter;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import io.podwire.datapath.Joining;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code accelctl flows}: the connections that are accelerated now. */
@Command(
    name = "flows",
    description = "Lists the connections that are joined, with what they have redirected.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class FlowsCommand implements Runnable {

  /** What the list is ordered by, largest first. */
  enum Order {
    AGE(flow -> -flow.ends().mapToLong(FlowEnd::joinedNanos).min().orElse(0)),
    BYTES(flow -> flow.ends().mapToLong(FlowEnd::redirectedBytes).sum()),
    MESSAGES(flow -> flow.ends().mapToLong(FlowEnd::redirected).sum()),
    BACKLOG(flow -> flow.ends().mapToLong(FlowEnd::unreadBytes).sum());

    private final ToLongFunction<Flow> key;

    Order(ToLongFunction<Flow> key) {
      this.key = key;
    }
  }

  /** How long an end must have taken nothing of what waits for it to count as stalled. */
  private static final long STALL_MILLIS = 1000;

  private static final String COLUMNS = "%-47s %-47s %8s %10s %12s %9s  %s%n";
  private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();

  @Option(
      names = "--sort",
      paramLabel = "age|bytes|messages|backlog",
      description = "largest first; default: age")
  private Order order = Order.AGE;

  @Option(names = "--watch", description = "every second again, until it is interrupted")
  private boolean watch;

  FlowsCommand(DatapathOpener opener) {
    where = new DatapathOptions(opener);
  }

  @Override
  public void run() {
    try (DatapathView datapath = where.open()) {
      List<Flow> before = datapath.flows();
      do {
        List<Flow> now = before;
        if (watch || before.stream().anyMatch(FlowsCommand::hasBacklog)) {
          pause(); // what stalls shows only in time
          now = datapath.flows();
        }
        show(now, stalled(before, now));
        before = now;
      } while (watch && !answer.out().checkError());
    }
  }

  private static boolean hasBacklog(Flow flow) {
    return flow.ends().anyMatch(end -> end.unread() > 0);
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(STALL_MILLIS);
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

  private void show(List<Flow> flows, Set<Long> stalled) {
    List<Flow> sorted =
        flows.stream().sorted(Comparator.comparingLong(order.key).reversed()).toList();
    PrintWriter out = answer.out();
    if (answer.isJson()) {
      JsonAnswer.print(FlowsDocument.of(sorted, stalled), out);
    } else {
      print(sorted, stalled, out);
    }
    out.flush();
  }

  @SuppressWarnings("SystemConsoleNull") // null without a terminal: the launcher sets jdk.console
  private void print(List<Flow> flows, Set<Long> stalled, PrintWriter out) {
    if (watch && System.console() != null) {
      out.print(CLEAR_SCREEN);
    }
    if (!flows.isEmpty()) {
      out.printf(
          COLUMNS,
          "CLIENT > AS IT SEES",
          "SERVER < AS IT SEES",
          "AGE",
          "MESSAGES",
          "BYTES",
          "BACKLOG",
          "STATE");
    }
    boolean oneBuild = flows.stream().map(Flow::build).distinct().count() == 1;
    for (Flow flow : flows) {
      out.printf(
          COLUMNS,
          ends(flow.client(), " > "),
          ends(flow.server(), " < "),
          ageSeconds(flow) + " s",
          flow.ends().mapToLong(FlowEnd::redirected).sum(),
          flow.ends().mapToLong(FlowEnd::redirectedBytes).sum(),
          flow.ends().mapToLong(FlowEnd::unreadBytes).sum(),
          state(flow, stalled) + (oneBuild ? "" : " by " + flow.build()) + past(flow));
    }
    out.println(Wording.count(flows.size(), "flow", "flows") + ", " + stalled.size() + " stalled");
  }

  private static String ends(Optional<FlowEnd> end, String arrow) {
    return end.map(e -> endpoint(e.local()) + arrow + endpoint(e.remote())).orElse("left");
  }

  static String endpoint(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  static long ageSeconds(Flow flow) {
    long joined = flow.ends().mapToLong(FlowEnd::joinedNanos).min().orElse(System.nanoTime());
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - joined);
  }

  private static String state(Flow flow, Set<Long> stalled) {
    Optional<String> up = flow.client().map(FlowsCommand::direction);
    Optional<String> down = flow.server().map(FlowsCommand::direction);
    boolean one = up.isEmpty() || down.isEmpty() || up.equals(down);
    String state = one ? up.or(() -> down).orElse("left") : "> " + up.get() + ", < " + down.get();
    return stalled.contains(flow.handshake()) ? "stalled, " + state : state;
  }

  /** How the bytes go that an end sends: redirected, or why not. */
  private static String direction(FlowEnd end) {
    return end.retired().or(end::shifted).map(Counter::toString).orElse("redirected");
  }

  /** What a flow went through since its connection was made. */
  private static String past(Flow flow) {
    List<String> past = new ArrayList<>();
    if (flow.ends().anyMatch(end -> end.joining() == Joining.BY_ADOPTION)) {
      past.add("adopted");
    }
    int shifts = flow.ends().mapToInt(FlowEnd::shifts).sum();
    if (shifts > 0) {
      past.add(Wording.count(shifts, "shift", "shifts"));
    }
    int returns = flow.ends().mapToInt(FlowEnd::returns).max().orElse(0);
    if (returns > 0) {
      past.add(Wording.count(returns, "return", "returns"));
    }
    return past.isEmpty() ? "" : " (" + String.join(", ", past) + ")";
  }
}
