package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.run.KeptCalibration;
import io.podwire.datapath.Build;
import io.podwire.datapath.Counter;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.LeavingTimes;
import io.podwire.datapath.MessageCost;
import io.podwire.datapath.Observation;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Role;
import io.podwire.datapath.Selection;
import io.podwire.datapath.SocketOwner;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

final class StatusCommandTest {

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private static final SocketOwner OBI =
      new SocketOwner(
          5,
          "sock_dir",
          OptionalInt.of(17),
          List.of(new SocketOwner.AttachedProgram(7, "obi_packet_exte")));

  private String cgroup;

  @TempDir private Path proc;

  @BeforeEach
  void makeTheProcessOfAnOwner() throws Exception {
    Path process = proc.resolve("40");
    Files.createDirectories(process.resolve("fd"));
    Files.createDirectories(process.resolve("fdinfo"));
    Files.writeString(process.resolve("comm"), "obi\n");
    Files.createSymbolicLink(process.resolve("fd/9"), Path.of("anon_inode:bpf-map"));
    Files.writeString(process.resolve("fdinfo/9"), "map_type:\t18\nmap_id:\t5\n");
  }

  @BeforeEach
  void makeSomethingLikeACgroup(@TempDir Path directory) throws Exception {
    Files.createFile(directory.resolve("cgroup.controllers"));
    cgroup = directory.toString();
  }

  @Test
  void theDocumentHasEveryCounterUnderItsOwnName() throws Exception {
    datapath.enable();
    datapath.count(Counter.REDIRECTED, 7_000_000_000L);

    JsonNode counters = document().get("counters");

    assertThat(counters.propertyNames())
        .containsExactlyElementsOf(Arrays.stream(Counter.values()).map(Counter::toString).toList());
    assertThat(counters.get("redirected").longValue()).isEqualTo(7_000_000_000L);
    assertThat(counters.get("retired_late_peer").longValue()).isZero();
  }

  @Test
  void everyCounterIsDocumented() {
    assertThat(Path.of("../../docs/accelctl.md"))
        .content()
        .contains(Arrays.stream(Counter.values()).map(counter -> "`" + counter + "`").toList());
  }

  @Test
  void theDocumentHasTheDocumentedSchema() throws Exception {
    datapath.enable();
    datapath.select(
        List.of(Prefix.cidr("10.6.0.0/16"), Prefix.address("10.7.0.1")), Selection.SELECTED);
    datapath.select(List.of(Prefix.address("10.6.0.1")), Selection.EXCLUDED);
    datapath.openFlows(5);
    datapath.drain(new Build(3, ""), 17);
    datapath.warn("look here");
    datapath.findIncompatible(42, Counter.RETIRED_RECV_FLAGS);
    datapath.findIncompatible(Prefix.address("10.7.0.1"), Counter.WOKEN);
    datapath.leave(2, new LeavingTimes(List.of(0L, 3L, 1L)));
    datapath.otherOwners(OBI);

    JsonNode document = document();

    assertThat(document.propertyNames())
        .containsExactly(
            "state",
            "decided_by",
            "generation",
            "build",
            "another",
            "selected",
            "excluded",
            "flows",
            "counters",
            "redirected_share",
            "settings",
            "gears_in_force",
            "guards",
            "protections",
            "incompatible_containers",
            "incompatible_clients",
            "leaving",
            "draining",
            "socket_owners",
            "warnings");
    assertThat(document.get("state").stringValue()).isEqualTo("enabled");
    assertThat(document.get("generation").intValue()).isEqualTo(Build.GENERATION);
    assertThat(document.get("selected").intValue()).isEqualTo(2);
    assertThat(document.get("excluded").intValue()).isEqualTo(1);
    assertThat(document.get("flows").intValue()).isEqualTo(5);
    assertThat(document.get("settings").toString())
        .isEqualTo(
            "{\"max_backlog_bytes\":4194304,\"max_backlog_messages\":1024,"
                + "\"max_flows\":65536,\"break_even_messages\":8,"
                + "\"max_backlog_memory\":201326592,\"gears\":\"auto\",\"observes\":false}");
    assertThat(document.get("protections").toString()).isEqualTo("[\"call-flags\",\"waiters\"]");
    assertThat(document.get("incompatible_containers").toString())
        .isEqualTo("[{\"cgroup_id\":42,\"reason\":\"retired_recv_flags\"}]");
    assertThat(document.get("incompatible_clients").toString())
        .isEqualTo("[{\"reason\":\"woken\",\"count\":1}]");
    assertThat(document.get("leaving").toString())
        .isEqualTo("{\"now\":2,\"left\":4,\"flows\":4,\"p50_us\":2,\"p99_us\":4,\"max_us\":4}");
    assertThat(document.get("draining").toString())
        .isEqualTo("[{\"generation\":3,\"build\":null,\"flows\":17}]");
    assertThat(document.get("socket_owners").get(0).toString())
        .startsWith(
            "{\"owner\":\"obi\",\"map\":\"sock_dir\",\"map_id\":5,\"sockets\":17,"
                + "\"programs\":[{\"id\":7,\"name\":\"obi_packet_exte\"}],"
                + "\"pid\":40,\"comm\":\"obi\",\"advice\":\"it adds trace context");
    assertThat(document.get("warnings").toString()).isEqualTo("[\"look here\"]");
  }

  @Test
  void theDocumentOfAnAbsentDatapathHasTheSameFields() throws Exception {
    JsonNode absent = document();
    datapath.load();

    assertThat(absent.propertyNames()).containsExactlyElementsOf(fields(document()));
    assertThat(absent.get("state").stringValue()).isEqualTo("absent");
    assertThat(absent.get("generation").isNull()).isTrue();
  }

  @Test
  void otherVerbsAnswerProgramsWithTheSameDocument() throws Exception {
    JsonNode document = new ObjectMapper().readTree(accelctl("enable", "-o", "json").out());

    assertThat(document.get("state").stringValue()).isEqualTo("enabled");
  }

  @Test
  void theTextShowsTheCountersThatCountedWhatDrainsAndTheWarnings() {
    datapath.enable();
    datapath.count(Counter.COMPLETED, 12);
    datapath.drain(new Build(3, ""), 17);
    datapath.warn("look here");
    datapath.findIncompatible(42, Counter.RETIRED_RECV_FLAGS);
    datapath.findIncompatible(Prefix.address("10.7.0.1"), Counter.RETIRED_DUPLEX);
    datapath.leave(2, new LeavingTimes(List.of(0L, 3L, 1L)));

    assertThat(accelctl("status").out())
        .contains("leaving                   2\n")
        .contains("departures                4: p50 < 2 us, p99 < 4 us, max < 4 us\n")
        .contains("state                     enabled\n")
        .contains("completed                 12\n")
        .contains("incompatible-container    cgroup 42: retired_recv_flags\n")
        .contains("incompatible-clients      1 client of a listener: retired_duplex\n")
        .contains("draining                  build 3, flows left: 17\n")
        .contains("warning                   look here\n")
        .doesNotContain("no_peer");
  }

  @Test
  void anotherOwnerOfSocketsIsNamedWithItsProcessAndWhatToDo() {
    datapath.enable();
    datapath.otherOwners(OBI);

    assertThat(accelctl("status").out())
        .contains(
            "socket-owner              OBI, Beyla or Alloy, program obi_packet_exte (id 7) of map"
                + " sock_dir (id 5), process 40 (obi), has 17 sockets: it adds trace context to");
  }

  @Test
  void theShareOfMessagesThatWereRedirectedIsShownOnceSomeWereSent() throws Exception {
    datapath.enable();
    assertThat(accelctl("status").out()).doesNotContain("redirected-share");
    assertThat(document().get("redirected_share").isNull()).isTrue();

    datapath.count(Counter.REDIRECTED, 999);
    datapath.count(Counter.PASSED, 1);

    assertThat(accelctl("status").out()).contains("redirected-share          99.9 % of messages\n");
    assertThat(document().get("redirected_share").doubleValue()).isEqualTo(0.999);
  }

  @Test
  void whatIsSavedIsShownOnceTheMachineWasCalibrated() throws Exception {
    datapath.enable();
    datapath.count(Counter.REDIRECTED, 2_000_000);
    assertThat(accelctl("status").out())
        .contains("cpu-saved                 unknown until accelctl bench --calibrate has ");
    assertThat(document().has("saving")).isFalse();

    calibrate();

    assertThat(accelctl("status").out())
        .contains("cpu-saved                 about 3.0 s: 1500 ns of a message's 3500\n")
        .doesNotContain("would");
    assertThat(document().get("saving").toString())
        .isEqualTo(
            "{\"plain_ns\":3500.0,\"redirected_ns\":2000.0,\"cpu_seconds\":3.0,"
                + "\"observed_cpu_seconds\":0.0}");
    assertThat(document().has("observed")).isFalse();
  }

  @Test
  void whatANodeObservedIsAddedToWhatIsOpen() throws Exception {
    calibrate();
    datapath.configure(settings -> settings.withObserves(true));
    datapath.enable();
    datapath.count(Counter.OBSERVED, 3);
    datapath.count(Counter.OBSERVED_MESSAGES, 1_000_000);
    datapath.count(Counter.OBSERVED_BYTES, 64_000_000);
    datapath.observed(
        observation(Role.CLIENT, 400_000, 500), observation(Role.SERVER, 600_000, 1500));

    assertThat(accelctl("status").out())
        .contains(
            "would-redirect            about 2000000 messages, 64002000 bytes; of these connections 1 are open\n")
        .contains("cpu-would-save            about 3.0 s: 1500 ns of a message's 3500\n")
        .doesNotContain("cpu-saved");
    assertThat(document().get("observed").toString())
        .isEqualTo("{\"open\":1,\"messages\":2000000,\"bytes\":64002000}");
    assertThat(document().at("/saving/observed_cpu_seconds").doubleValue()).isEqualTo(3);
  }

  private void calibrate() {
    new KeptCalibration(Path.of(cgroup)).keep(new MessageCost(3500, 2000));
  }

  private static Observation observation(Role role, long messages, long bytes)
      throws UnknownHostException {
    return new Observation(
        InetAddress.getByName("10.6.1.2"),
        new InetSocketAddress("10.6.1.3", 5432),
        role,
        0,
        messages,
        bytes);
  }

  @Test
  void theVerboseTextShowsEveryCounter() {
    datapath.enable();

    assertThat(accelctl("status", "-v").out())
        .contains(Arrays.stream(Counter.values()).map(Counter::toString).toList());
  }

  private JsonNode document() throws Exception {
    return new ObjectMapper().readTree(accelctl("status", "-o", "json").out());
  }

  private CommandLineRun accelctl(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--cgroup", cgroup, "--state-dir", cgroup));
    if (arguments[0].equals("status")) {
      all.addAll(List.of("--proc", proc.toString()));
    }
    return CommandLineRun.on(datapath, all.toArray(String[]::new));
  }

  private static List<String> fields(JsonNode document) {
    List<String> names = new ArrayList<>();
    document.propertyNames().forEach(names::add);
    return names;
  }
}
