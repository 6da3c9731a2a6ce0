package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.check.Verdict;
import io.podwire.datapath.Adoption;
import io.podwire.datapath.Build;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Finding;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.MessageCost;
import io.podwire.datapath.OwnerProcesses;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.SocketOwner;
import io.podwire.datapath.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AgentMetricsTest {

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private AgentState state = AgentState.starting();
  private final FakeCluster cluster = new FakeCluster(); // gauges only refer to it
  private final AgentMetrics metrics =
      new AgentMetrics(
          datapath,
          cluster,
          List.of(),
          () -> state,
          new PassCount(),
          new Heartbeat(datapath, Duration.ofSeconds(30)),
          new OwnerProcesses(Path.of("/nowhere")));

  @AfterEach
  void close() {
    metrics.close();
  }

  @Test
  void theTableInTheDocumentationHasTheMetricsThatThereAre() throws IOException {
    datapath.load();
    datapath.otherOwners(
        new SocketOwner(
            5, "m", OptionalInt.of(1), List.of(new SocketOwner.AttachedProgram(7, "p"))));
    new WorkloadMetrics(1, "worker-1", datapath, () -> state, metrics.registry());
    new SavingMetrics(
        datapath, Optional.of(new MessageCost(2, 1)), metrics::status, metrics.registry());
    assertThat(
            names(
                Files.readString(Path.of("../../docs/operations.md")), "(?m)^\\| `(podwire_\\w+)"))
        .isEqualTo(names(metrics.scrape(), "(?m)^# TYPE (podwire_\\w+)"));
  }

  @Test
  void everyCounterOfTheDatapathIsMeasuredAsItIsAtTheScrape() {
    datapath.enable();
    for (Counter counter : Counter.values()) {
      datapath.count(counter, 1000 + counter.ordinal());
    }

    String scrape = metrics.scrape();

    EnumSet<Counter> directions = EnumSet.of(Counter.SHIFTED_ADOPTED, Counter.SHIFTED_RETURNED);
    for (Counter counter : EnumSet.complementOf(directions)) {
      assertThat(scrape).as("%s", counter).contains(" " + (1000.0 + counter.ordinal()) + "\n");
    }
    assertThat(scrape).contains("podwire_api_watch_up{resource=\"pods\"} 1.0", "jvm_memory_used");
  }

  @Test
  void connectionsThatJoinedLaterAreCountedOnceEachAndAreNoShifts() {
    datapath.enable();
    datapath.count(Counter.SHIFTED_ADOPTED, 2 * 64);
    datapath.count(Counter.SHIFTED_RETURNED, 2 * 3);

    assertThat(metrics.scrape())
        .contains("podwire_adopted_total 64.0\n", "podwire_returned_total 3.0\n")
        .doesNotContain("reason=\"adopted\"", "reason=\"returned\"");
  }

  @Test
  void whatCameOfTheLastAttemptToAdoptIsMeasured() {
    datapath.enable();
    datapath.adopts(
        new Adoption(5, 0, Map.of(Finding.ADOPTED, 64, Finding.BUSY_READER, 7), Duration.ZERO));
    assertThat(metrics.scrape())
        .contains("podwire_adoption_connections{outcome=\"adopted\"} 0.0\n");

    datapath.adopt(Duration.ZERO);

    assertThat(metrics.scrape())
        .contains(
            "podwire_adoption_connections{outcome=\"adopted\"} 64.0\n",
            "podwire_adoption_connections{outcome=\"busy_reader\"} 7.0\n",
            "podwire_adoption_connections{outcome=\"refused_room\"} 0.0\n");
  }

  @Test
  void mapsAreMeasuredWhereTheyAre() {
    assertThat(metrics.scrape()).doesNotContain("podwire_map_entries{");
    datapath.load();
    datapath.select(List.of(Prefix.cidr("10.1.0.0/16")), Selection.SELECTED);
    datapath.select(List.of(Prefix.cidr("10.1.2.0/24")), Selection.EXCLUDED);

    assertThat(metrics.scrape())
        .contains(
            "podwire_map_entries{map=\"selection\"} 2.0\n",
            "podwire_map_entries_max{map=\"selection\"} 65536.0\n");

    datapath.unload(Duration.ZERO, false);
    assertThat(metrics.scrape()).doesNotContain("podwire_map_entries{");
  }

  @Test
  void flowsOfOlderGenerationsAreMeasuredTogether() {
    datapath.load();
    datapath.drain(new Build(2, ""), 3);
    datapath.drain(new Build(3, ""), 4);

    assertThat(metrics.scrape()).contains("podwire_draining_flows 7.0\n");
  }

  @Test
  void theSocketsOfOtherOwnersAreMeasured() {
    datapath.load();
    List<SocketOwner.AttachedProgram> programs =
        List.of(new SocketOwner.AttachedProgram(7, "obi_packet_exte"));
    datapath.otherOwners(
        new SocketOwner(5, "sock_dir", OptionalInt.of(17), programs),
        new SocketOwner(6, "sock_dir", OptionalInt.of(3), programs));

    assertThat(metrics.scrape())
        .contains(
            "podwire_socket_owner_sockets{comm=\"\",map=\"sock_dir\",owner=\"obi\",pid=\"\","
                + "program=\"obi_packet_exte\"} 20.0\n");

    datapath.otherOwners();
    assertThat(metrics.scrape()).doesNotContain("podwire_socket_owner_sockets{");
  }

  @Test
  void theBuildsAreKnownThatTheAgentCarriesAndThatIsLoaded() {
    String carried = "programs=\"" + Build.carried() + "\"";
    assertThat(metrics.scrape()).contains("podwire_build_info{loaded=\"none\"," + carried);
    datapath.load();

    assertThat(metrics.scrape())
        .contains("podwire_build_info{loaded=\"" + InMemoryDatapath.BUILD + "\"," + carried)
        .doesNotContain("loaded=\"none\"");
  }

  @Test
  void theCheckIsMeasuredByItsVerdicts() {
    assertThat(metrics.scrape()).contains("podwire_check_cases{verdict=\"same\"} 0.0\n");
    Admission admission =
        Admission.granted(Map.of(Verdict.SAME, 40L, Verdict.KNOWN_LIMIT, 2L), Set.of());
    state = new AgentState(List.of(), Optional.empty(), admission, Status.absent());

    assertThat(metrics.scrape())
        .contains(
            "podwire_check_cases{verdict=\"same\"} 40.0\n",
            "podwire_check_cases{verdict=\"known-limit\"} 2.0\n",
            "podwire_check_cases{verdict=\"differs\"} 0.0\n");
  }

  private static Set<String> names(String text, String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map((MatchResult match) -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
