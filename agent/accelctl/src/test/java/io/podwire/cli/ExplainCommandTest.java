package io.podwire.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Joining;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Reason;
import io.podwire.datapath.Selection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ExplainCommandTest {

  private static final String WEB = "10.6.1.2";
  private static final String DB = "10.6.1.3";

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private Optional<HttpServer> agent = Optional.empty();
  private String cgroup;
  private Path proc;

  @BeforeEach
  void selectTwo(@TempDir Path directory) throws IOException {
    Files.createFile(directory.resolve("cgroup.controllers"));
    cgroup = directory.toString();
    proc = directory.resolve("proc");
    datapath.enable();
    datapath.select(List.of(Prefix.address(WEB), Prefix.address(DB)), Selection.SELECTED);
  }

  @AfterEach
  void stopTheAgent() {
    agent.ifPresent(server -> server.stop(0));
  }

  @Test
  void twoThatNeverTalkedWouldBeAccelerated() {
    assertThat(explain(WEB, DB).out())
        .isEqualTo(
            """
            10.6.1.2 is selected.
            10.6.1.3 is selected.
            No connection of theirs is seen at both ends, and none was kept out.
            A new connection between them joins, from one selected address to another.
            """);
  }

  @Test
  void whatIsNotSelectedSaysSo() {
    datapath.select(List.of(Prefix.cidr("10.6.2.0/24")), Selection.EXCLUDED);

    assertThat(explain("10.6.9.9").out()).startsWith("10.6.9.9 is not selected.\n");
    assertThat(explain("10.6.2.9").out()).startsWith("10.6.2.9 is excluded by 10.6.2.0/24.\n");
    assertThat(explain(WEB, "10.6.9.9").out())
        .endsWith("A new connection between them does not join while 10.6.9.9 is not selected.\n");
  }

  @Test
  void aConnectionThatWasKeptOutSaysWhyAndWhatWouldChangeThat() {
    datapath.incompatibleParties(
        reason(WEB, DB, 5432, Counter.RETIRED_DUPLEX, 1, Duration.ofSeconds(300)));
    datapath.reasons(
        reason(WEB, DB, 5432, Counter.SKIPPED_INCOMPATIBLE, 12, Duration.ofSeconds(200)),
        reason("10.6.1.9", DB, 80, Counter.SKIPPED_SHORT, 1, Duration.ZERO));

    assertThat(explain(WEB, DB).out())
        .endsWith(
            "10.6.1.2 to 10.6.1.3:5432 did not join 3m ago, the last of 12 times for that:"
                + " skipped_incompatible: an earlier connection of these two needed what a joined"
                + " socket cannot keep: for an hour after the last time, or until accelctl forget"
                + " --address (retired_duplex: an end reads in one thread, blocked, and writes in"
                + " another: such a reader could fail with EAGAIN; with poll() or epoll it would"
                + " stay joined).\n"
                + "A new connection between them is kept out while one of these reasons holds.\n")
        .doesNotContain("10.6.1.9");
    assertThat(explain(WEB, DB + ":5432").out()).contains("skipped_incompatible");
    assertThat(explain(WEB, DB + ":80").out()).doesNotContain("skipped_incompatible");
    assertThat(explain(DB, WEB).out()).as("the other way round").contains("skipped_incompatible");
    assertThat(explain(DB).out()).contains("skipped_incompatible", "skipped_short");
  }

  @Test
  void withoutAPodItSaysWhatItKnowsTheLatestFirst() {
    datapath.reasons(
        reason(WEB, DB, 5432, Counter.RETIRED_OOB, 1, Duration.ofMinutes(20)),
        reason("10.6.1.9", DB, 80, Counter.SKIPPED_SHORT, 1, Duration.ofMinutes(10)));

    assertThat(explain().out().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("10.6.1.9 to 10.6.1.3:80 did not join 10m ago: "),
            line ->
                assertThat(line)
                    .startsWith("10.6.1.2 to 10.6.1.3:5432 went back to TCP 20m ago: retired_oob"));
  }

  @Test
  void whereNothingWasKeptOutItSaysThat() {
    assertThat(explain().out())
        .isEqualTo("No connection was kept out, and none went back to TCP.\n");
  }

  @Test
  void whatIsJoinedSaysHowItGoes() {
    datapath.list(flow(40000, Optional.empty()), flow(40001, Optional.of(Counter.SHIFTED_CORK)));

    assertThat(explain(WEB, DB).out())
        .contains(
            """
            2 connections are joined.
            A direction of 1 of these goes by TCP: shifted_cork: its sender corks (TCP_CORK, MSG_MORE), until it stops.
            """);
    assertThat(explain(DB + ":80").out()).doesNotContain("joined.");
  }

  @Test
  void whatWasOpenBeforeIsAdvisedToBeAdopted() throws IOException {
    established(1, DB, 5432, WEB, 40000, 1);
    established(1, DB, 5432, "10.6.7.7", 40000, 1);
    established(1, DB, 5432, WEB, 40002, 6); // TIME_WAIT
    established(2, WEB, 40000, DB, 5432, 1);
    established(2, WEB, 40001, DB, 5432, 1);
    established(1, DB, 5432, WEB, 40001, 1);
    datapath.list(flow(40001, Optional.empty()));

    assertThat(explain(WEB, DB).out())
        .contains(
            """
            1 connection is joined.
            1 connection is open, and not joined. Of 1 of these no reason is noted: probably they were made before they could join, and accelctl adopt tries to have them join (Linux 6.12 and newer).
            """)
        .isEqualTo(
            explain(DB, WEB).out().replaceFirst("(?s)^(10.6.1.3.*?\n)(10.6.1.2.*?\n)", "$2$1"));
    assertThat(explain(DB).out())
        .as("what leaves the node does not count")
        .contains("1 connection is open");

    datapath.reasons(reason(WEB, DB, 5432, Counter.SKIPPED_SHORT, 9, Duration.ZERO));
    assertThat(explain(WEB, DB).out()).contains("1 connection is open, and not joined.\n");
    datapath.reasons(reason("10.6.1.9", DB, 5432, Counter.SKIPPED_SHORT, 9, Duration.ZERO));
    assertThat(explain(DB).out()).as("of another client").contains("no reason is noted");
    datapath.deselect(List.of(Prefix.address(WEB)));
    assertThat(explain(DB).out())
        .as("adopt would not take it")
        .contains("1 connection is open, and not joined.\n");
  }

  @Test
  void whatIsOpenByIpv6IsSeenAndIpv4ThatIsMapped() throws IOException {
    datapath.select(
        List.of(Prefix.address("fd00::2"), Prefix.address("fd00::3")), Selection.SELECTED);
    established(1, "tcp6", "fd00::3", 5432, "fd00::2", 40000, 1);
    established(1, "tcp6", "::ffff:" + DB, 5432, "::ffff:" + WEB, 40000, 1);

    assertThat(explain("fd00::2", "fd00::3").out()).contains("1 connection is open");
    assertThat(explain(WEB, DB).out()).contains("1 connection is open");
  }

  @Test
  void aConnectionToAServiceIsSeenAtTheServersEnd() throws IOException {
    established(2, "tcp", WEB, 40000, "10.96.0.10", 80, 1);
    established(1, "tcp", DB, 5432, WEB, 40000, 1);

    assertThat(explain(WEB, DB).out()).contains("1 connection is open");
    assertThat(explain(DB, WEB).out()).contains("1 connection is open");
  }

  /** Its addresses are every pod's: only the namespace tells whose it is. */
  @Test
  void loopbackOfAPodIsKnownByItsNamespace() {
    datapath.reasons(
        reason(WEB, DB, 5432, Counter.SKIPPED_SHORT, 1, Duration.ofHours(1)),
        reason("127.0.0.1", "127.0.0.1", 15001, Counter.RETIRED_OOB, 1, Duration.ofHours(1)));

    assertThat(explain(DB).out()).contains("127.0.0.1 to 127.0.0.1:15001 went back");
    assertThat(explain(WEB).out()).doesNotContain("15001");
    assertThat(explain("127.0.0.1").err())
        .startsWith("accelctl: 127.0.0.1 is loopback: name an address");
  }

  @Test
  void aNodeThatIsSwitchedOffSaysSo() {
    datapath.disable();
    assertThat(explain(WEB, DB).out())
        .startsWith("The node is disabled, so no new connection joins: accelctl enable.\n");
  }

  @Test
  void aNodeThatOnlyObservesSaysSo() {
    datapath.reconfigure(settings -> settings.withObserves(true));
    assertThat(explain(WEB, DB).out())
        .startsWith("The node only observes, so no new connection joins: accelctl enable.\n")
        .endsWith("A new connection between them does not join.\n");
  }

  @Test
  void whereNothingIsLoadedItSaysSo() {
    assertThat(CommandLineRun.on(new InMemoryDatapath(), arguments(WEB)).out())
        .isEqualTo(
            """
            Nothing is loaded on this node, so nothing joins: accelctl enable.
            10.6.1.2 is not selected.
            No connection of theirs is seen at both ends, and none was kept out.
            """);
  }

  @Test
  void aPodIsKnownByItsNameAndTheAgentSaysWhyItIsNotSelected() throws IOException {
    answerPods();
    datapath.reasons(reason(WEB, DB, 5432, Counter.SKIPPED_SHORT, 1, Duration.ofMinutes(5)));

    assertThat(explain("shop/web", "shop/db:5432").out())
        .startsWith(
            """
            10.6.1.2 is selected: mode opt-out.
            10.6.1.3 is selected: mode opt-out.
            shop/web to shop/db:5432 did not join 5m ago: skipped_short: \
            """);
    assertThat(explain("shop/batch").out())
        .startsWith("10.6.1.7 is not selected: podwire.io/acceleration=disabled on the pod.\n");
    assertThat(explain("10.6.7.7").out())
        .contains("The agent of node n1 knows no pod with 10.6.7.7: it is elsewhere,");
    assertThat(explain("10.6.1.8").out())
        .as("a pod that ended had it before")
        .startsWith("10.6.1.8 is not selected: mode opt-in.\n");
    assertThat(explain("10.6.1.6").out())
        .startsWith("10.6.1.6 is not selected: no trusted source confirms it.\n");
    assertThat(explain("10.96.0.10").err())
        .startsWith("accelctl: 10.96.0.10 is the Service shop/db: name a pod behind it");
  }

  @Test
  void aPodThatIsNotHereIsOneLine() throws IOException {
    answerPods();

    CommandLineRun run = explain("shop/gone");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err())
        .isEqualTo(
            "accelctl: no pod shop/gone on node n1, and only connections within a node are"
                + " accelerated: accelctl pods lists those that are here\n");
  }

  @Test
  void withoutAnAgentAPodHasNoName() {
    assertThat(explain("shop/web").err())
        .isEqualTo("accelctl: no agent answers that knows pod shop/web: name it by its address\n");
  }

  @Test
  void whatIsNoAddressIsRefusedInOneLine() {
    assertThat(explain("web").exit()).isEqualTo(2);
    assertThat(explain("web").err())
        .startsWith("accelctl: web is not an IP address: ")
        .hasLineCount(1);
    assertThat(explain(WEB, DB + ":99999").err())
        .startsWith("accelctl: 10.6.1.3:99999: a port is 1 to 65535");
    assertThat(explain(WEB + ":80", DB).err())
        .startsWith("accelctl: 10.6.1.2:80: of two, only the second has a port");
  }

  @Test
  void aPortAloneAsksWhoConnectsToIt() {
    datapath.reasons(
        reason(WEB, DB, 5432, Counter.RETIRED_OOB, 1, Duration.ZERO),
        reason(DB, WEB, 80, Counter.SKIPPED_SHORT, 1, Duration.ZERO));

    assertThat(explain(DB + ":5432").out()).contains("retired_oob").doesNotContain("skipped_short");
  }

  /** Where no agent runs, anybody may answer. */
  @Test
  void whoeverAnswersDoesNotReachTheTerminal() throws IOException {
    answer("{\"node\": \"\\u001b]0;\\u009bx\", \"ready\": true, \"obstacle\": \"\", \"pods\": []}");
    assertThat(explain("shop/gone").err()).contains("on node ?]0;?x,");
    stopTheAgent();

    answer(
        "{\"node\": \"n\", \"ready\": true, \"obstacle\": \"\", \"pods\": [{\"namespace\": \"a\","
            + " \"name\": \"b\", \"addresses\": [\"\\u001b[2J\"], \"selected\": true, \"reason\": \"\"}]}");
    assertThat(explain("a/b").err())
        .isEqualTo("accelctl: what answered is no agent of this version\n");
  }

  @Test
  void sixIsAnAddressWithAndWithoutAPort() throws Exception {
    datapath.reasons(reason("fd00::2", "fd00::3", 80, Counter.RETIRED_OOB, 1, Duration.ZERO));

    assertThat(explain("fd00::2", "[fd00::3]:80").out()).contains("retired_oob");
    assertThat(explain("fd00::2", "[fd00::3]:81").out()).doesNotContain("retired_oob");
    assertThat(explain("fd00::2", "fd00::3").out()).contains("retired_oob");
  }

  @Test
  void aProgramGetsADocument() {
    datapath.reasons(reason(WEB, DB, 5432, Counter.SKIPPED_SHORT, 3, Duration.ofHours(5)));
    datapath.list(flow(40000, Optional.empty()));

    assertThat(explain(WEB, DB, "-o", "json").out())
        .contains(
            "\"joined\" : 1",
            "\"not_joined\" : 0",
            "\"client\" : \"10.6.1.2\"",
            "\"listener\" : \"10.6.1.3:5432\"",
            "\"reason\" : \"skipped_short\"",
            "\"times\" : 3",
            "\"netns_cookie\" : 4026",
            "\"age_seconds\" : 18000");
  }

  @ParameterizedTest
  @EnumSource(Counter.class)
  void everyReasonHasItsText(Counter counter) {
    boolean isReason =
        counter == Counter.NO_PEER // of a direction, but not noted
            || Stream.of("JOIN", "SKIPPED", "RETIRED", "SHIFTED")
                .anyMatch(counter.name()::startsWith);

    assertThat(ReasonText.meaning(counter).isPresent()).isEqualTo(isReason);
  }

  private CommandLineRun explain(String... arguments) {
    return CommandLineRun.on(datapath, arguments(arguments));
  }

  private String[] arguments(String... arguments) {
    String where =
        agent.map(server -> "127.0.0.1:" + server.getAddress().getPort()).orElse("127.0.0.1:1");
    return Stream.concat(
            Stream.of("explain", "--cgroup", cgroup, "--proc", proc.toString(), "--agent", where),
            Stream.of(arguments))
        .toArray(String[]::new);
  }

  private void answerPods() throws IOException {
    answer(
        """
        {"node": "n1", "ready": true, "obstacle": "", "pods": [
          {"namespace": "shop", "name": "web", "addresses": ["10.6.1.2"], "selected": true,
           "reason": "mode opt-out"},
          {"namespace": "shop", "name": "db", "addresses": ["10.6.1.3"], "selected": true,
           "reason": "mode opt-out"},
          {"namespace": "shop", "name": "batch", "addresses": ["10.6.1.7"], "selected": false,
           "reason": "podwire.io/acceleration=disabled on the pod"},
          {"namespace": "shop", "name": "job", "addresses": ["10.6.1.2"], "selected": false,
           "reason": "finished"},
          {"namespace": "shop", "name": "next", "addresses": ["10.6.1.8"], "selected": false,
           "reason": "mode opt-in"},
          {"namespace": "shop", "name": "claims", "addresses": [], "selected": false,
           "reason": "no address", "refused": {"10.6.1.6": "no trusted source confirms it"}}],
         "services": {"10.96.0.10": "shop/db"}}
        """);
  }

  private void answer(String document) throws IOException {
    byte[] body = document.getBytes(UTF_8);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/pods",
        exchange -> {
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    agent = Optional.of(server);
  }

  private void established(
      int pid, String local, int localPort, String remote, int remotePort, int state)
      throws IOException {
    established(pid, "tcp", local, localPort, remote, remotePort, state);
  }

  /** Adds a line to what a process shows of its namespace. */
  private void established(
      int pid, String table, String local, int localPort, String remote, int remotePort, int state)
      throws IOException {
    Path net = Files.createDirectories(proc.resolve(Integer.toString(pid)).resolve("net"));
    for (String each : List.of("tcp", "tcp6")) {
      if (!Files.exists(net.resolve(each))) {
        Files.writeString(net.resolve(each), "  sl  local_address ...\n");
      }
    }
    Path file = net.resolve(table);
    Files.writeString(
        file,
        Files.readString(file)
            + "   0: %s:%04X %s:%04X %02X 00000000:00000000 00:00000000\n"
                .formatted(words(local), localPort, words(remote), remotePort, state));
  }

  private static String words(String address) {
    byte[] bytes = new InetSocketAddress(address, 0).getAddress().getAddress();
    ByteBuffer printed = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
    if (address.startsWith("::ffff:")) {
      printed.putLong(0).put(new byte[] {0, 0, -1, -1});
    }
    printed.put(bytes).flip();
    StringBuilder words = new StringBuilder();
    while (printed.hasRemaining()) {
      words.append("%08X".formatted(printed.getInt()));
    }
    return words.toString();
  }

  private static Reason reason(
      String client, String listener, int port, Counter why, int times, Duration age) {
    return new Reason(
        new InetSocketAddress(client, 0).getAddress(),
        new InetSocketAddress(listener, port),
        4026,
        why,
        times,
        System.nanoTime() - age.toNanos());
  }

  private static Flow flow(int port, Optional<Counter> shifted) {
    InetSocketAddress client = new InetSocketAddress(WEB, port);
    InetSocketAddress server = new InetSocketAddress(DB, 5432);
    return new Flow(
        port,
        Optional.of(end(client, server, shifted)),
        Optional.of(end(server, client, Optional.empty())),
        InMemoryDatapath.BUILD);
  }

  private static FlowEnd end(
      InetSocketAddress local, InetSocketAddress remote, Optional<Counter> shifted) {
    return new FlowEnd(
        local,
        remote,
        4026,
        17,
        System.nanoTime(),
        0,
        0,
        Optional.empty(),
        shifted,
        0,
        0,
        Joining.BY_HANDSHAKE,
        0,
        0);
  }
}
