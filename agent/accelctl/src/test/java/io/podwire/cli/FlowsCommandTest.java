package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Build;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Joining;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

final class FlowsCommandTest {

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private String cgroup;

  @BeforeEach
  void makeSomethingLikeACgroup(@TempDir Path directory) throws Exception {
    Files.createFile(directory.resolve("cgroup.controllers"));
    cgroup = directory.toString();
  }

  @Test
  void whereNothingIsJoinedItSaysSo() {
    assertThat(flows().out()).isEqualTo("0 flows, 0 stalled\n");
  }

  @Test
  void aFlowShowsBothAddressesAsEachEndSeesThemToWhomeverAsks() {
    datapath.list(flow(1, 7, 700, 0, Optional.empty()));

    assertThat(flows("-o", "wide").out())
        .contains("10.6.1.2:40000 > 10.96.0.1:80", "10.6.1.3:8080 < 10.6.1.2:40000")
        .contains("redirected")
        .endsWith("1 flow, 0 stalled\n");
  }

  @Test
  void aFlowThatWentBackToTcpSaysWhy() {
    datapath.list(flow(1, 7, 700, 0, Optional.of(Counter.RETIRED_BACKLOG_BYTES)));

    assertThat(flows().out()).contains("retired_backlog_bytes");
  }

  @Test
  void aFlowThatUsesTcpForNowSaysWhyToo() {
    datapath.list(flow(1, 7, 700, 0, Optional.of(Counter.SHIFTED_CORK)));

    assertThat(flows().out()).contains("shifted_cork");
    assertThat(flows("-o", "json").out())
        .contains("\"shifted\" : \"shifted_cork\"", "\"retired\" : null");
  }

  @Test
  void eachDirectionSaysHowItGoes() {
    datapath.list(flow(1, 7, 700, 0, Optional.of(Counter.SHIFTED_CORK)));

    assertThat(flows().out()).contains("> shifted_cork, < redirected\n");
  }

  @Test
  void aFlowSaysHowItJoinedAndHowOftenItShiftedAndReturned() throws Exception {
    Flow flow = flow(1, 7, 700, 0, Optional.empty());
    datapath.list(
        new Flow(
            1,
            flow.client().map(end -> past(end, 2, 1)),
            flow.server().map(end -> past(end, 1, 1)),
            flow.build()));

    assertThat(flows().out()).contains("redirected (adopted, 3 shifts, 1 return)\n");
    JsonNode client =
        new ObjectMapper().readTree(flows("-o", "json").out()).get("flows").get(0).get("client");
    assertThat(client.get("shifts").intValue()).isEqualTo(2);
    assertThat(client.get("returns").intValue()).isEqualTo(1);
    assertThat(client.get("joined_by").stringValue()).isEqualTo("adoption");
  }

  private static FlowEnd past(FlowEnd end, int shifts, int returns) {
    return new FlowEnd(
        end.local(),
        end.remote(),
        end.netns(),
        end.container(),
        end.joinedNanos(),
        end.redirected(),
        end.redirectedBytes(),
        end.retired(),
        end.shifted(),
        shifts,
        returns,
        Joining.BY_ADOPTION,
        end.unread(),
        end.unreadBytes());
  }

  @Test
  void aReaderThatLeavesItsBytesForASecondIsStalled() {
    datapath.list(flow(1, 7, 700, 50, Optional.empty()));

    assertThat(flows().out()).contains("stalled, redirected").endsWith("1 flow, 1 stalled\n");
  }

  @Test
  void whereTwoBuildsHaveFlowsEachSaysByWhich() {
    Flow old = flow(1, 7, 700, 0, Optional.empty());
    Build build = new Build(old.build().generation(), "0d15ea5e".repeat(8));
    datapath.list(old, new Flow(2, old.client(), old.server(), build));

    assertThat(flows().out())
        .contains("redirected by " + old.build() + "\n", "redirected by " + build + "\n");
  }

  @Test
  void theLargestComesFirst() {
    datapath.list(flow(1, 7, 700, 0, Optional.empty()), flow(2, 3, 9000, 0, Optional.empty()));

    String[] byBytes = flows("--sort", "bytes").out().split("\n");
    String[] byMessages = flows("--sort", "messages").out().split("\n");

    assertThat(byBytes[1]).contains(" 9000 ");
    assertThat(byMessages[1]).contains(" 700 ");
  }

  @Test
  void programsGetADocument() throws Exception {
    datapath.list(flow(1, 7, 700, 0, Optional.of(Counter.RETIRED_OOB)));

    JsonNode document = new ObjectMapper().readTree(flows("-o", "json").out());

    assertThat(document.get("stalled").intValue()).isZero();
    JsonNode client = document.get("flows").get(0).get("client");
    assertThat(client.get("local").stringValue()).isEqualTo("10.6.1.2:40000");
    assertThat(client.get("redirected_bytes").longValue()).isEqualTo(700);
    assertThat(client.get("retired").stringValue()).isEqualTo("retired_oob");
    assertThat(client.get("joined_by").stringValue()).isEqualTo("handshake");
    assertThat(client.get("netns_cookie").longValue()).isEqualTo(4026);
  }

  private CommandLineRun flows(String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "flows";
    all[1] = "--cgroup";
    all[2] = cgroup;
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return CommandLineRun.on(datapath, all);
  }

  private static Flow flow(
      long handshake, long messages, long bytes, int unread, Optional<Counter> why) {
    FlowEnd client =
        new FlowEnd(
            new InetSocketAddress("10.6.1.2", 40000),
            new InetSocketAddress("10.96.0.1", 80),
            4026,
            17,
            System.nanoTime(),
            messages,
            bytes,
            why.filter(counter -> counter.name().startsWith("RETIRED")),
            why.filter(counter -> counter.name().startsWith("SHIFTED")),
            0,
            0,
            Joining.BY_HANDSHAKE,
            0,
            0);
    FlowEnd server =
        new FlowEnd(
            new InetSocketAddress("10.6.1.3", 8080),
            new InetSocketAddress("10.6.1.2", 40000),
            4027,
            18,
            System.nanoTime(),
            0,
            0,
            Optional.empty(),
            Optional.empty(),
            0,
            0,
            Joining.BY_HANDSHAKE,
            unread,
            unread);
    return new Flow(handshake, Optional.of(client), Optional.of(server), InMemoryDatapath.BUILD);
  }
}
