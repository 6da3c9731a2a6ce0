package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Adoption;
import io.podwire.datapath.Build;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Finding;
import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Joining;
import io.podwire.datapath.LeavingTimes;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The documents of {@code -o json}, byte for byte. */
final class JsonAnswerTest {

  private static final String COUNTERS = "(?s)(\"counters\" : )\\{.*?}";

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private String cgroup;

  @BeforeEach
  void makeSomethingLikeACgroup(@TempDir Path directory) throws Exception {
    Files.createFile(directory.resolve("cgroup.controllers"));
    cgroup = directory.toString();
  }

  @Test
  void aStatusWithEverythingInIt() {
    datapath.enable();
    datapath.select(List.of(Prefix.address("10.7.0.1")), Selection.SELECTED);
    datapath.openFlows(5);
    datapath.drain(new Build(3, ""), 17);
    datapath.warn("look \"here\"");
    datapath.findIncompatible(42, Counter.RETIRED_RECV_FLAGS);
    datapath.findIncompatible(Prefix.address("10.7.0.1"), Counter.WOKEN);
    datapath.leave(2, new LeavingTimes(List.of(0L, 3L, 1L)));
    datapath.count(Counter.REDIRECTED, 999);
    datapath.count(Counter.PASSED, 1);
    datapath.adopts(adoption());

    assertThat(
            accelctl("enable", "--adopt", "--state-dir", cgroup, "-o", "json")
                .replaceFirst(COUNTERS, "$1{ }"))
        .isEqualTo(
            """
            {
              "state" : "enabled",
              "decided_by" : "local",
              "generation" : %d,
              "build" : "%s",
              "another" : null,
              "selected" : 1,
              "excluded" : 0,
              "flows" : 5,
              "counters" : { },
              "redirected_share" : 0.999,
              "settings" : {
                "max_backlog_bytes" : 4194304,
                "max_backlog_messages" : 1024,
                "max_flows" : 65536,
                "break_even_messages" : 8,
                "max_backlog_memory" : 201326592,
                "gears" : "auto",
                "observes" : false
              },
              "gears_in_force" : false,
              "guards" : [ ],
              "protections" : [ "call-flags", "waiters" ],
              "incompatible_containers" : [ {
                "cgroup_id" : 42,
                "reason" : "retired_recv_flags"
              } ],
              "incompatible_clients" : [ {
                "reason" : "woken",
                "count" : 1
              } ],
              "leaving" : {
                "now" : 2,
                "left" : 4,
                "flows" : 4,
                "p50_us" : 2,
                "p99_us" : 4,
                "max_us" : 4
              },
              "draining" : [ {
                "generation" : 3,
                "build" : null,
                "flows" : 17
              } ],
              "socket_owners" : [ ],
              "warnings" : [ "look \\"here\\"" ],
              "adoption" : {
                "namespaces" : 3,
                "denied" : 1,
                "found" : 72,
                "adopted" : 64,
                "returned" : 0,
                "busy" : {
                  "reader" : 7
                },
                "refused" : {
                  "room" : 1
                }
              }
            }
            """
                .formatted(Build.GENERATION, InMemoryDatapath.BUILD.sha256()));
  }

  @Test
  void aStatusOfWhatIsAbsent() {
    datapath.loadAnother(new Build(3, "77aa0011"));

    assertThat(accelctl("status", "-o", "json").replaceFirst(COUNTERS, "$1{ }"))
        .startsWith(
            """
            {
              "state" : "absent",
              "decided_by" : "nobody",
              "generation" : null,
              "build" : null,
              "another" : {
                "generation" : 3,
                "build" : "77aa0011"
              },
              "selected" : 0,
              "excluded" : 0,
              "flows" : 0,
              "counters" : { },
              "redirected_share" : null,
              "settings" : {
            """)
        .endsWith(
            """
              "draining" : [ ],
              "socket_owners" : [ ],
              "warnings" : [ ]
            }
            """);
  }

  @Test
  void everyCounterOfAStatus() {
    datapath.enable();
    datapath.count(Counter.REDIRECTED, 7_000_000_000L);
    StringBuilder counters = new StringBuilder("  \"counters\" : {\n");
    for (Counter counter : Counter.values()) {
      counters
          .append("    \"")
          .append(counter)
          .append("\" : ")
          .append(counter == Counter.REDIRECTED ? 7_000_000_000L : 0)
          .append(counter.ordinal() < Counter.values().length - 1 ? ",\n" : "\n  },\n");
    }

    assertThat(accelctl("status", "-o", "json")).contains(counters);
  }

  @Test
  void whatCameOfAnAdoption() {
    datapath.enable();
    datapath.adopts(Adoption.NOTHING);

    assertThat(accelctl("adopt", "-o", "json"))
        .isEqualTo(
            """
            {
              "namespaces" : 0,
              "denied" : 0,
              "found" : 0,
              "adopted" : 0,
              "returned" : 0,
              "busy" : { },
              "refused" : { }
            }
            """);
  }

  @Test
  void flows() {
    assertThat(accelctl("flows", "-o", "json"))
        .isEqualTo("{\n  \"stalled\" : 0,\n  \"flows\" : [ ]\n}\n");
    datapath.list(new Flow(1, Optional.of(end(7)), Optional.empty(), new Build(3, "")));

    assertThat(accelctl("flows", "-o", "json"))
        .isEqualTo(
            """
            {
              "stalled" : 0,
              "flows" : [ {
                "age_seconds" : 0,
                "stalled" : false,
                "generation" : 3,
                "build" : null,
                "service" : null,
                "client" : {
                  "namespace" : null,
                  "pod" : null,
                  "workload" : null,
                  "local" : "10.6.1.2:40000",
                  "remote" : "[fd06:0:0:0:0:0:0:1]:80",
                  "netns_cookie" : 4026,
                  "cgroup_id" : 17,
                  "redirected" : 7,
                  "redirected_bytes" : 7000000000,
                  "retired" : null,
                  "shifted" : "shifted_cork",
                  "shifts" : 2,
                  "returns" : 1,
                  "joined_by" : "adoption",
                  "unread" : 0,
                  "unread_bytes" : 0
                },
                "server" : null
              } ]
            }
            """);
  }

  @Test
  void whatFlowsHaveDoneTogether() {
    assertThat(accelctl("top", "-o", "json"))
        .isEqualTo("{\n  \"by\" : \"pod\",\n  \"pairs\" : [ ]\n}\n");
    datapath.list(
        new Flow(1, Optional.of(end(7)), Optional.empty(), new Build(3, "")),
        new Flow(2, Optional.of(end(8)), Optional.empty(), new Build(3, "")));

    assertThat(accelctl("top", "--by", "listener", "--state-dir", cgroup, "-o", "json"))
        .isEqualTo(
            """
            {
              "by" : "listener",
              "pairs" : [ {
                "client" : null,
                "server" : "[fd06:0:0:0:0:0:0:1]:80",
                "flows" : 2,
                "flows_on_tcp" : 2,
                "age_seconds" : 0,
                "redirected" : 15,
                "redirected_bytes" : 14000000000,
                "unread_bytes" : 0,
                "observed" : 0,
                "observed_messages" : 0,
                "observed_bytes" : 0,
                "cpu_saved_seconds" : null
              } ]
            }
            """);
  }

  @Test
  void aSelection() {
    datapath.enable();
    assertThat(accelctl("selection", "-o", "json")).isEqualTo("{\n  \"selection\" : [ ]\n}\n");
    datapath.select(List.of(Prefix.cidr("10.6.0.0/16")), Selection.SELECTED);
    datapath.select(List.of(Prefix.address("10.6.1.9")), Selection.EXCLUDED);

    assertThat(accelctl("selection", "-o", "json"))
        .isEqualTo(
            """
            {
              "selection" : [ {
                "prefix" : "10.6.0.0/16",
                "state" : "selected"
              }, {
                "prefix" : "10.6.1.9",
                "state" : "excluded"
              } ]
            }
            """);
  }

  private static FlowEnd end(long messages) {
    return new FlowEnd(
        new InetSocketAddress("10.6.1.2", 40000),
        new InetSocketAddress("fd06::1", 80),
        4026,
        17,
        System.nanoTime(),
        messages,
        7_000_000_000L,
        Optional.empty(),
        Optional.of(Counter.SHIFTED_CORK),
        2,
        1,
        Joining.BY_ADOPTION,
        0,
        0);
  }

  private static Adoption adoption() {
    Map<Finding, Integer> found = new EnumMap<>(Finding.class);
    found.put(Finding.ADOPTED, 64);
    found.put(Finding.BUSY_READER, 7);
    found.put(Finding.REFUSED_ROOM, 1);
    return new Adoption(3, 1, found, Duration.ZERO);
  }

  private String accelctl(String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--cgroup";
    all[arguments.length + 1] = cgroup;
    return CommandLineRun.on(datapath, all).out();
  }
}
