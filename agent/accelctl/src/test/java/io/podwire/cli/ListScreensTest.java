package io.podwire.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.sun.net.httpserver.HttpServer;
import io.podwire.bench.run.KeptCalibration;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Joining;
import io.podwire.datapath.MessageCost;
import io.podwire.datapath.Observation;
import io.podwire.datapath.Role;
import io.podwire.testbed.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What {@code accelctl flows} and {@code accelctl top} show, with and without an agent. */
final class ListScreensTest {

  private static final String PODS =
      """
      {"node": "worker-1", "ready": true, "obstacle": "",
       "pods": [
        {"namespace": "payments", "name": "payments-api-7d9f8b6c5d-x2k4j",
         "workload": "deployment/payments-api", "addresses": ["10.6.1.2"], "selected": true},
        {"namespace": "payments", "name": "payments-api-7d9f8b6c5d-pq8vn",
         "workload": "deployment/payments-api", "addresses": ["10.6.1.5"], "selected": true},
        {"namespace": "payments", "name": "payments-db-0",
         "workload": "statefulset/payments-db", "addresses": ["10.6.1.3"], "selected": true},
        {"namespace": "shop", "name": "web", "addresses": ["10.6.1.4", "fd06:0:0:0:0:0:0:4"],
         "selected": true},
        {"namespace": "shop", "name": "twin", "addresses": ["10.6.1.9"], "selected": true},
        {"namespace": "shop", "name": "other", "addresses": ["10.6.1.9"], "selected": true},
        {"namespace": "kube-system", "name": "proxy", "addresses": ["10.1.0.1"], "selected": false}
       ],
       "services": {"10.96.0.1": "payments/payments-db"}}
      """;

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private Optional<Terminal> terminal = Optional.empty();
  private Optional<HttpServer> agent = Optional.empty();
  private String cgroup;

  @BeforeEach
  void openFlows(@TempDir Path directory) throws Exception {
    Files.createFile(directory.resolve("cgroup.controllers"));
    cgroup = directory.toString();
    datapath.list(
        flow(
            1,
            end("10.6.1.2:40000", "10.96.0.1:5432", 640, 1_431_409, 20_039_726, Optional.empty()),
            end("10.6.1.3:5432", "10.6.1.2:40000", 640, 0, 0, Optional.empty())),
        flow(
            2,
            end("10.6.1.4:51372", "10.6.1.2:8080", 1830, 3, 700, Optional.of(Counter.SHIFTED_CORK)),
            end("10.6.1.2:8080", "10.6.1.4:51372", 1830, 200, 13_303_908, Optional.empty())),
        flow(
            3,
            end("10.6.1.4:51374", "10.6.1.5:8080", 172_900, 7, 90_000, Optional.empty()),
            end("10.6.1.5:8080", "10.1.0.1:61000", 172_900, 0, 0, Optional.empty())));
  }

  @AfterEach
  void endAgent() {
    agent.ifPresent(server -> server.stop(0));
  }

  @Test
  void whereAnAgentRunsFlowsShowPodsAndTheServiceThatWasDialled() throws Exception {
    startAgent(200, PODS);

    assertThat(flows())
        .isEqualTo(
            """
            CLIENT                                        SERVER                                       DIALLED                    AGE  MESSAGES   BYTES  BACKLOG  STATE
            shop/web:51374                                payments/payments-api-7d9f8b6c5d-pq8vn:8080  -                          48h         7   90000        0  redirected
            shop/web:51372                                payments/payments-api-7d9f8b6c5d-x2k4j:8080  -                          30m       203  13304k        0  > shifted_cork, < redirected
            payments/payments-api-7d9f8b6c5d-x2k4j:40000  payments/payments-db-0:5432                  payments/payments-db:5432  10m     1431k  20039k        0  redirected
            3 flows, 0 stalled
            """);
  }

  @Test
  void whereNoneAnswersFlowsShowAddresses() {
    assertThat(flows())
        .isEqualTo(
            """
            CLIENT          SERVER         DIALLED         AGE  MESSAGES   BYTES  BACKLOG  STATE
            10.6.1.4:51374  10.6.1.5:8080  -               48h         7   90000        0  redirected
            10.6.1.4:51372  10.6.1.2:8080  -               30m       203  13304k        0  > shifted_cork, < redirected
            10.6.1.2:40000  10.6.1.3:5432  10.96.0.1:5432  10m     1431k  20039k        0  redirected
            3 flows, 0 stalled
            """);
  }

  @Test
  void wideFlowsHaveWorkloadsAddressesAndAllDigits() throws Exception {
    startAgent(200, PODS);
    terminal = Optional.of(new Terminal(80, 24));

    assertThat(
            flows("-o", "wide")
                .replaceFirst(" 64\\ds ", " 640s ")
                .replaceFirst(" 183\\ds ", " 1830s ")
                .replaceFirst(" 17290\\ds ", " 172900s "))
        .isEqualTo(
            """
            CLIENT                                        SERVER                                       DIALLED                    CLIENT WORKLOAD          SERVER WORKLOAD          CLIENT > AS IT SEES              SERVER < AS IT SEES                 AGE  MESSAGES     BYTES  BACKLOG  STATE
            shop/web:51374                                payments/payments-api-7d9f8b6c5d-pq8vn:8080  -                          -                        deployment/payments-api  10.6.1.4:51374 > 10.6.1.5:8080   10.6.1.5:8080 < 10.1.0.1:61000  172900s         7     90000        0  redirected
            shop/web:51372                                payments/payments-api-7d9f8b6c5d-x2k4j:8080  -                          -                        deployment/payments-api  10.6.1.4:51372 > 10.6.1.2:8080   10.6.1.2:8080 < 10.6.1.4:51372    1830s       203  13304608        0  > shifted_cork, < redirected
            payments/payments-api-7d9f8b6c5d-x2k4j:40000  payments/payments-db-0:5432                  payments/payments-db:5432  deployment/payments-api  statefulset/payments-db  10.6.1.2:40000 > 10.96.0.1:5432  10.6.1.3:5432 < 10.6.1.2:40000     640s   1431409  20039726        0  redirected
            3 flows, 0 stalled
            """);
  }

  @Test
  void programsGetTheNamesToo() throws Exception {
    startAgent(200, PODS);

    assertThat(flows("-o", "json"))
        .contains(
            "\"service\" : \"payments/payments-db:5432\"",
            """
                  "namespace" : "payments",
                  "pod" : "payments-db-0",
                  "workload" : "statefulset/payments-db",
                  "local" : "10.6.1.3:5432",
            """,
            """
                  "namespace" : "shop",
                  "pod" : "web",
                  "workload" : null,
            """);
  }

  @Test
  void onATerminalOf80ColumnsNamesAreShortenedInTheirMiddle() throws Exception {
    startAgent(200, PODS);
    terminal = Optional.of(new Terminal(80, 24));

    assertThat(flows())
        .isEqualTo(
            """
            CLIENT        SERVER       DIALLED      AGE MESSAGES  BYTES BACKLOG STATE
            shop/w…:51374 payme…n:8080 -            48h        7  90000       0 redirected
            shop/w…:51372 payme…j:8080 -            30m      203 13304k       0 > shifted_c…
            paymen…:40000 payme…0:5432 payme…b:5432 10m    1431k 20039k       0 redirected
            3 flows, 0 stalled
            """);
    assertThat(top())
        .isEqualTo(
            """
            CLIENT                SERVER               FLOWS TCP AGE MESSAGES  BYTES BACKLOG
            payments/p…6c5d-x2k4j payments/…ments-db-0     1   0 10m    1431k 20039k       0
            shop/web              payments/…6c5d-x2k4j     1   1 30m      203 13304k       0
            shop/web              payments/…6c5d-pq8vn     1   0 48h        7  90000       0
            3 flows
            """);
  }

  @Test
  void onATerminalOf120ColumnsThereIsMoreOfThem() throws Exception {
    startAgent(200, PODS);
    terminal = Optional.of(new Terminal(120, 24));

    assertThat(flows())
        .isEqualTo(
            """
            CLIENT                  SERVER                 DIALLED                AGE MESSAGES  BYTES BACKLOG STATE
            shop/web:51374          payments/p…-pq8vn:8080 -                      48h        7  90000       0 redirected
            shop/web:51372          payments/p…-x2k4j:8080 -                      30m      203 13304k       0 > shifted_cork, < red…
            payments/pa…x2k4j:40000 payments/p…s-db-0:5432 payments/p…nts-db:5432 10m    1431k 20039k       0 redirected
            3 flows, 0 stalled
            """);
    assertThat(top())
        .isEqualTo(
            """
            CLIENT                                 SERVER                                 FLOWS TCP AGE MESSAGES  BYTES BACKLOG
            payments/payments-api-7d9f8b6c5d-x2k4j payments/payments-db-0                     1   0 10m    1431k 20039k       0
            shop/web                               payments/payments-api-7d9f8b6c5d-x2k4j     1   1 30m      203 13304k       0
            shop/web                               payments/payments-api-7d9f8b6c5d-pq8vn     1   0 48h        7  90000       0
            3 flows
            """);
  }

  @Test
  void topAddsUpByPodsAndTheLargestPairComesFirst() throws Exception {
    startAgent(200, PODS);

    assertThat(top())
        .isEqualTo(
            """
            CLIENT                                  SERVER                                  FLOWS  TCP  AGE  MESSAGES   BYTES  BACKLOG
            payments/payments-api-7d9f8b6c5d-x2k4j  payments/payments-db-0                      1    0  10m     1431k  20039k        0
            shop/web                                payments/payments-api-7d9f8b6c5d-x2k4j      1    1  30m       203  13304k        0
            shop/web                                payments/payments-api-7d9f8b6c5d-pq8vn      1    0  48h         7   90000        0
            3 flows
            """);
    assertThat(top("--sort", "age").lines().skip(1).findFirst())
        .get(STRING)
        .endsWith(
            "shop/web                                payments/payments-api-7d9f8b6c5d-pq8vn      1    0  48h         7   90000        0");
  }

  @Test
  void whatIsOnlyObservedHasAScreenOfItsOwn() throws Exception {
    startAgent(200, PODS);
    terminal = Optional.of(new Terminal(80, 24));
    datapath.list();
    datapath.observed(
        observation(Role.CLIENT, 5000),
        observation(Role.SERVER, 6000),
        observation(Role.CLIENT, 9));
    new KeptCalibration(Path.of(cgroup)).keep(new MessageCost(3500, 2000));

    assertThat(top())
        .isEqualTo(
            """
            CLIENT                  SERVER                 OBSERVED AGE MESSAGES BYTES SAVES
            payments/pa…b6c5d-x2k4j payments/payments-db-0        2  9s    11009 1100k  0.0s
            0 flows, 2 observed
            """);
    assertThat(flows()).endsWith("0 flows, 0 stalled, 2 observed\n");
    assertThat(top("-o", "json"))
        .contains(
            "\"observed\" : 2,", "\"observed_messages\" : 11009,", "\"cpu_saved_seconds\" : ");
  }

  @Test
  void topAddsUpByWorkloadsNamespacesAndListenersToo() throws Exception {
    startAgent(200, PODS);

    assertThat(top("--by", "workload"))
        .isEqualTo(
            """
            CLIENT                            SERVER                            FLOWS  TCP  AGE  MESSAGES   BYTES  BACKLOG
            payments/deployment/payments-api  payments/statefulset/payments-db      1    0  10m     1431k  20039k        0
            shop/web                          payments/deployment/payments-api      2    1  48h       210  13394k        0
            3 flows
            """);
    assertThat(top("--by", "namespace"))
        .isEqualTo(
            """
            CLIENT    SERVER    FLOWS  TCP  AGE  MESSAGES   BYTES  BACKLOG
            payments  payments      1    0  10m     1431k  20039k        0
            shop      payments      2    1  48h       210  13394k        0
            3 flows
            """);
    assertThat(top("--by", "listener"))
        .isEqualTo(
            """
            SERVER                                       FLOWS  TCP  AGE  MESSAGES   BYTES  BACKLOG
            payments/payments-db-0:5432                      1    0  10m     1431k  20039k        0
            payments/payments-api-7d9f8b6c5d-x2k4j:8080      1    1  30m       203  13304k        0
            payments/payments-api-7d9f8b6c5d-pq8vn:8080      1    0  48h         7   90000        0
            3 flows
            """);
  }

  @Test
  void topWorksWithoutAnAgentByAddresses() {
    assertThat(top("--by", "workload"))
        .isEqualTo(
            """
            CLIENT    SERVER    FLOWS  TCP  AGE  MESSAGES   BYTES  BACKLOG
            10.6.1.2  10.6.1.3      1    0  10m     1431k  20039k        0
            10.6.1.4  10.6.1.2      1    1  30m       203  13304k        0
            10.6.1.4  10.6.1.5      1    0  48h         7   90000        0
            3 flows
            """);
  }

  @Test
  void anEndThatLeftCountsForTheAddressThatTheOtherSees() {
    datapath.list(
        flow(
            1,
            end("10.6.1.2:40000", "10.6.1.3:5432", 640, 1, 1, Optional.empty()),
            Optional.empty()));

    assertThat(top()).contains("10.6.1.2  10.6.1.3      1    0");
    assertThat(flows()).contains("10.6.1.2:40000  left    10.6.1.3:5432  10m");
  }

  @Test
  void anAddressThatTwoPodsHaveAndThatOfAPodThatIsNotSelectedStayAddresses() throws Exception {
    startAgent(200, PODS);
    datapath.list(
        flow(
            1,
            end("10.6.1.9:40000", "10.1.0.1:80", 640, 1, 1, Optional.empty()),
            end("[fd06::4]:80", "10.1.0.1:1", 640, 1, 1, Optional.empty())));

    assertThat(flows()).contains("10.6.1.9:40000  shop/web:80  10.1.0.1:80  10m");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "[]", "nothing", "{\"pods\": [{\"addresses\": 5}]}"})
  void whatIsNoAgentGivesNoNames(String answer) throws Exception {
    startAgent(200, answer);

    assertThat(flows()).contains("10.6.1.2:40000");
  }

  @Test
  void anAgentThatRefusesGivesNoNames() throws Exception {
    startAgent(500, PODS);

    assertThat(flows()).contains("10.6.1.2:40000");
  }

  @Test
  void whatIsNoNameDoesNotReachTheTerminal() throws Exception {
    startAgent(200, PODS.replace("payments/payments-db", "a\\u001b[2J\\nb"));

    assertThat(flows()).contains(" a??2J?b:5432 ").doesNotContain("\u001b");
  }

  @Test
  void aWatchedListStaysInItsPlaceAndIsNoLongerThanTheTerminal() {
    terminal = Optional.of(new Terminal(62, 4));

    assertThat(watched("top"))
        .isEqualTo(
            "\u001b[H\u001b[?7l"
                + "\u001b[2KCLIENT    SERVER    FLOWS  TCP  AGE  MESSAGES   BYTES  BACKLOG\n"
                + "\u001b[2K10.6.1.2  10.6.1.3      1    0  10m     1431k  20039k        0\n"
                + "\u001b[2K3 flows, 2 not shown\n"
                + "\u001b[J\u001b[?7h");
  }

  @Test
  void aWatchedListOnAPipeIsAWholeTableAgainAndAgain() {
    assertThat(watched("top")).isEqualTo(top());
  }

  private String flows(String... arguments) {
    return run("flows", arguments);
  }

  private String top(String... arguments) {
    return run("top", arguments);
  }

  /** What it prints until its reader has had enough of it, after the first time. */
  private String watched(String verb) {
    StringWriter said = new StringWriter();
    PrintWriter out =
        new PrintWriter(said) {
          @Override
          public boolean checkError() {
            return true;
          }
        };
    return run(verb, said, out, "--watch");
  }

  private String run(String verb, String... arguments) {
    StringWriter said = new StringWriter();
    return run(verb, said, new PrintWriter(said), arguments);
  }

  private String run(String verb, StringWriter said, PrintWriter out, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--cgroup", cgroup));
    if (verb.equals("top")) {
      all.addAll(List.of("--state-dir", cgroup));
    }
    all.add("--agent");
    all.add(
        agent.map(server -> "127.0.0.1:" + server.getAddress().getPort()).orElse("127.0.0.1:1"));
    DatapathOpener opener = (pins, group) -> datapath;
    CommandLine command =
        new CommandLine(
                verb.equals("top")
                    ? new TopCommand(opener, () -> terminal)
                    : new FlowsCommand(opener, () -> terminal))
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setOut(out);
    assertThat(command.execute(all.toArray(String[]::new))).isZero();
    out.flush();
    return said.toString();
  }

  private void startAgent(int code, String answer) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/pods",
        exchange -> {
          byte[] body = answer.getBytes(UTF_8);
          exchange.sendResponseHeaders(code, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    agent = Optional.of(server);
  }

  private static Flow flow(long handshake, FlowEnd client, FlowEnd server) {
    return flow(handshake, client, Optional.of(server));
  }

  private static Flow flow(long handshake, FlowEnd client, Optional<FlowEnd> server) {
    return new Flow(handshake, Optional.of(client), server, InMemoryDatapath.BUILD);
  }

  private static FlowEnd end(
      String local, String remote, long age, long messages, long bytes, Optional<Counter> shifted) {
    return new FlowEnd(
        address(local),
        address(remote),
        4026,
        17,
        System.nanoTime() - Duration.ofSeconds(age).toNanos(),
        messages,
        bytes,
        Optional.empty(),
        shifted,
        0,
        0,
        Joining.BY_HANDSHAKE,
        0,
        0);
  }

  private static Observation observation(Role role, long messages) throws UnknownHostException {
    return new Observation(
        InetAddress.getByName("10.6.1.2"),
        address("10.6.1.3:5432"),
        role,
        System.nanoTime() - Duration.ofSeconds(9).toNanos(),
        messages,
        100 * messages);
  }

  private static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    return new InetSocketAddress(
        text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }
}
