package io.podwire.cli;

import io.podwire.agent.Names;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.Flow;
import io.podwire.datapath.MessageCost;
import io.podwire.datapath.Observation;
import io.podwire.testbed.Terminal;
import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code accelctl top}: who is accelerated with whom, and how much. */
@Command(
    name = "top",
    description =
        "Adds up what the joined connections have redirected, and what observed ones sent, by who"
            + " talks to whom.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class TopCommand implements Runnable, WatchedList.Content {

  /** What the flows are added up by. */
  enum Grouping {
    POD {
      @Override
      String of(Names names, InetSocketAddress end) {
        return names.of(end.getAddress());
      }
    },
    WORKLOAD {
      @Override
      String of(Names names, InetSocketAddress end) {
        return names
            .workload(end.getAddress())
            .map(Names.Workload::toString)
            .orElseGet(() -> POD.of(names, end));
      }
    },
    NAMESPACE {
      @Override
      String of(Names names, InetSocketAddress end) {
        return names.pod(end.getAddress()).map(Names.Pod::namespace).orElseGet(() -> address(end));
      }
    },
    LISTENER {
      @Override
      String of(Names names, InetSocketAddress end) {
        return names.of(end);
      }
    };

    /** What an end counts for; its address where no name is known. */
    abstract String of(Names names, InetSocketAddress end);

    private static String address(InetSocketAddress end) {
      return end.getAddress().getHostAddress();
    }

    /** The value of the option {@code --by}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What is added up.
   *
   * @param client who connected; empty where that does not matter
   * @param server who accepted
   */
  record Pair(Optional<String> client, String server) {}

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Mixin private final AgentOption agent = new AgentOption();
  @Mixin private final StateOptions state = new StateOptions();
  @Mixin private final WatchedList list;

  @Option(
      names = "--by",
      paramLabel = "pod|workload|namespace|listener",
      description =
          "what the connections are added up by: both ends, or the server's pod and port alone;"
              + " default: ${DEFAULT-VALUE}")
  private Grouping grouping = Grouping.POD;

  /** Of a message on this machine; empty where it was not calibrated. */
  private Optional<MessageCost> cost = Optional.empty();

  TopCommand(DatapathOpener opener, Supplier<Optional<Terminal>> terminal) {
    where = new DatapathOptions(opener);
    list = new WatchedList(WatchedList.Order.MESSAGES, terminal);
  }

  @Override
  public void run() {
    cost = state.calibration().kept();
    try (DatapathView datapath = where.open()) {
      list.print(datapath, agent, answer, this);
    }
  }

  @Override
  public boolean takesTwoLooks(List<Flow> flows) {
    return false;
  }

  @Override
  public Record document(WatchedList.Look look) {
    return TopDocument.of(grouping, rows(look), cost);
  }

  @Override
  public Table<?> table(WatchedList.Look look) {
    Table<WatchedList.Row<Pair>> table = new Table<>(rows(look));
    if (grouping != Grouping.LISTENER) {
      table.names("CLIENT", row -> row.subject().client().orElseThrow());
    }
    table.names("SERVER", row -> row.subject().server());
    if (!look.observed().isEmpty()) {
      table.numbers("OBSERVED", row -> Integer.toString(row.traffic().observed().connections()));
    }
    boolean hasFlows = !look.flows().isEmpty() || look.observed().isEmpty();
    if (hasFlows) {
      table
          .numbers("FLOWS", row -> Integer.toString(row.traffic().flows()))
          .numbers("TCP", row -> Integer.toString(row.traffic().onTcp()));
    }
    WatchedList.withTraffic(table, answer.isWide());
    if (hasFlows) {
      WatchedList.withBacklog(table, answer.isWide());
    }
    cost.ifPresent(
        one -> table.numbers("SAVES", row -> Wording.cpuTime(row.traffic().savedSeconds(one))));
    return table;
  }

  @Override
  public String summary(WatchedList.Look look) {
    return Wording.count(look.flows().size(), "flow", "flows") + WatchedList.observed(look);
  }

  private List<WatchedList.Row<Pair>> rows(WatchedList.Look look) {
    Map<Pair, Traffic> sums = new HashMap<>();
    for (Flow flow : look.flows()) {
      sums.merge(pair(flow, look.names()), Traffic.of(flow), Traffic::plus);
    }
    for (Observation one : look.observed()) {
      sums.merge(pair(one, look.names()), Traffic.of(one), Traffic::plus);
    }
    return list.sorted(
        sums.entrySet().stream()
            .sorted(Map.Entry.comparingByKey(Comparator.comparing(Pair::toString)))
            .map(sum -> new WatchedList.Row<>(sum.getKey(), sum.getValue())));
  }

  private Pair pair(Flow flow, Names names) {
    return pair(flow.clientAddress(), flow.serverAddress(), names);
  }

  private Pair pair(Observation one, Names names) {
    return pair(new InetSocketAddress(one.client(), 0), one.listener(), names);
  }

  private Pair pair(InetSocketAddress client, InetSocketAddress server, Names names) {
    return new Pair(
        grouping == Grouping.LISTENER ? Optional.empty() : Optional.of(grouping.of(names, client)),
        grouping.of(names, server));
  }
}
