package io.podwire.cli;

import io.podwire.agent.Names;
import io.podwire.datapath.Counter;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import io.podwire.datapath.Joining;
import io.podwire.testbed.Terminal;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code accelctl flows}: the connections that are accelerated now. */
@Command(
    name = "flows",
    description = "Lists the connections that are joined, with what they have redirected.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class FlowsCommand implements Runnable, WatchedList.Content {

  /** In the place of what is not known, or not there. */
  private static final String NONE = "-";

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Mixin private final AgentOption agent = new AgentOption();
  @Mixin private final WatchedList list;

  FlowsCommand(DatapathOpener opener, Supplier<Optional<Terminal>> terminal) {
    where = new DatapathOptions(opener);
    list = new WatchedList(WatchedList.Order.AGE, terminal);
  }

  @Override
  public void run() {
    try (DatapathView datapath = where.open()) {
      list.print(datapath, agent, answer, this);
    }
  }

  /** What stalls shows only in time. */
  @Override
  public boolean takesTwoLooks(List<Flow> flows) {
    return flows.stream().flatMap(Flow::ends).anyMatch(end -> end.unread() > 0);
  }

  @Override
  public Record document(WatchedList.Look look) {
    return FlowsDocument.of(rows(look), look.stalled(), look.names());
  }

  @Override
  public Table<?> table(WatchedList.Look look) {
    Names names = look.names();
    Table<WatchedList.Row<Flow>> table =
        new Table<>(rows(look))
            .names("CLIENT", row -> name(row.subject().client(), names))
            .names("SERVER", row -> name(row.subject().server(), names));
    if (answer.isWide() || look.flows().stream().anyMatch(flow -> dialled(flow).isPresent())) {
      table.names("DIALLED", row -> dialled(row.subject()).map(names::of).orElse(NONE));
    }
    if (answer.isWide()) {
      table
          .names("CLIENT WORKLOAD", row -> workload(row.subject().client(), names))
          .names("SERVER WORKLOAD", row -> workload(row.subject().server(), names))
          .names("CLIENT > AS IT SEES", row -> addresses(row.subject().client(), " > "))
          .names("SERVER < AS IT SEES", row -> addresses(row.subject().server(), " < "));
    }
    boolean oneBuild = look.flows().stream().map(Flow::build).distinct().count() == 1;
    WatchedList.withTraffic(table, answer.isWide());
    return WatchedList.withBacklog(table, answer.isWide())
        .words(
            "STATE",
            row ->
                state(row.subject(), look.stalled())
                    + (oneBuild ? "" : " by " + row.subject().build())
                    + past(row.subject()));
  }

  @Override
  public String summary(WatchedList.Look look) {
    return Wording.count(look.flows().size(), "flow", "flows")
        + ", "
        + look.stalled().size()
        + " stalled"
        + WatchedList.observed(look);
  }

  private List<WatchedList.Row<Flow>> rows(WatchedList.Look look) {
    return list.sorted(WatchedList.rows(look.flows()));
  }

  /** What the client connected to, where that is not the server's own address. */
  static Optional<InetSocketAddress> dialled(Flow flow) {
    return flow.client()
        .map(FlowEnd::remote)
        .filter(remote -> !flow.server().map(FlowEnd::local).equals(Optional.of(remote)));
  }

  private static String name(Optional<FlowEnd> end, Names names) {
    return end.map(FlowEnd::local).map(names::of).orElse("left");
  }

  private static String workload(Optional<FlowEnd> end, Names names) {
    return end.flatMap(e -> names.pod(e.local().getAddress()))
        .flatMap(Names.Pod::workload)
        .orElse(NONE);
  }

  private static String addresses(Optional<FlowEnd> end, String arrow) {
    return end.map(e -> Names.endpoint(e.local()) + arrow + Names.endpoint(e.remote()))
        .orElse("left");
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
