package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LayoutTest {

  @Test
  void javaAndCCountTheSameEvents() {
    List<String> kernel = FlowHeader.enumValues("counter");

    assertThat(kernel).last().isEqualTo("COUNTERS");
    assertThat(names(Counter.values())).isEqualTo(kernel.subList(0, kernel.size() - 1));
  }

  @Test
  void javaAndCKnowTheSameStates() {
    assertThat(names(State.values()))
        .startsWith(FlowHeader.enumValues("state").toArray(String[]::new));
  }

  @Test
  void javaAndCKnowTheSameAuthorities() {
    assertThat(names(Authority.values())).isEqualTo(FlowHeader.enumValues("authority"));
  }

  @Test
  void javaAndCSelectTheSameWay() {
    assertThat(names(Selection.values())).isEqualTo(FlowHeader.enumValues("selection"));
  }

  @Test
  void javaPinsTheGenerationThatTheProgramsHave() {
    assertThat(Build.GENERATION).isEqualTo(FlowHeader.define("GENERATION"));
  }

  /** Two builds of one generation read each other's maps. */
  @Test
  void anotherLayoutIsAnotherGeneration() {
    assertThat(FlowHeader.define("GENERATION") + " " + FlowHeader.fingerprint())
        .as("flow.h changed: raise GENERATION, if it was released, and note its fingerprint here")
        .isEqualTo("11 23f7c0f8");
  }

  @Test
  void javaAndCRememberEquallyLong() {
    assertThat(Layout.INCOMPATIBLE_NANOS).isEqualTo(FlowHeader.define("INCOMPATIBLE_NS"));
  }

  @Test
  void settingsLieWhereTheProgramsReadThem() {
    Settings settings = new Settings(4097, 12, 13, 14, 15 << 20, Gears.ON);

    ByteBuffer entry =
        Layout.entry(
            ByteBuffer.allocate(40).order(ByteOrder.nativeOrder()), settings, State.DRAINING, 15);

    List<String> fields = FlowHeader.words("settings");
    assertThat(fields).hasSize(10);
    assertThat(entry.getInt(4 * fields.indexOf("state"))).isEqualTo(State.DRAINING.ordinal());
    assertThat(entry.getInt(4 * fields.indexOf("epoch"))).isEqualTo(15);
    assertThat(entry.getInt(4 * fields.indexOf("max_backlog_bytes"))).isEqualTo(4097);
    assertThat(entry.getInt(4 * fields.indexOf("max_backlog_messages"))).isEqualTo(12);
    assertThat(entry.getInt(4 * fields.indexOf("max_flows"))).isEqualTo(13);
    assertThat(entry.getInt(4 * fields.indexOf("break_even_messages"))).isEqualTo(14);
    assertThat(entry.getInt(4 * fields.indexOf("max_backlog_memory"))).isEqualTo(15 << 20);
    assertThat(entry.getInt(4 * fields.indexOf("gears"))).isEqualTo(1);
    assertThat(Layout.settings(entry)).isEqualTo(settings);
    Layout.switched(entry, State.ENABLED, Authority.NODE);
    assertThat(entry.getInt(4 * fields.indexOf("authority"))).isEqualTo(Authority.NODE.ordinal());
    assertThat(Layout.SETTINGS_POLICY_EPOCH).isEqualTo(4 * fields.indexOf("policy_epoch"));
    assertThat(Layout.POLICY_MARK).isEqualTo(4 * FlowHeader.words("policy").indexOf("mark"));
  }

  @Test
  void javaAndCFindTheSame() {
    List<String> kernel = FlowHeader.enumValues("finding");

    assertThat(kernel).last().isEqualTo("FINDINGS");
    assertThat(names(Finding.values())).isEqualTo(kernel.subList(0, kernel.size() - 1));
  }

  @Test
  void aWalkBeginsAnewAndTheOutcomeOfTheLastAttemptStays() {
    assertThat(FlowHeader.words("adoption"))
        .containsExactly("__u64 cgroup", "pass", "ends", "found[FINDINGS]", "outcome[FINDINGS]");
    int findings = Finding.values().length;
    ByteBuffer entry = ByteBuffer.allocate(Layout.ADOPTION_BYTES).order(ByteOrder.nativeOrder());
    entry.putInt(8, 7).putInt(12, 3).putInt(16 + 4 * Finding.BUSY_READER.ordinal(), 5);

    Map<Finding, Integer> found = Layout.findings(entry);
    Layout.nextWalk(Layout.noted(entry, found), 42);

    assertThat(found).hasSize(findings).containsEntry(Finding.BUSY_READER, 5);
    assertThat(entry.getLong(0)).isEqualTo(42);
    assertThat(entry.getInt(8)).as("pass").isEqualTo(8);
    assertThat(entry.getInt(12)).as("ends").isZero();
    assertThat(Layout.findings(entry).values()).containsOnly(0);
    assertThat(Layout.outcome(entry)).isEqualTo(found);
    assertThat(entry.getInt(16 + 4 * findings + 4 * Finding.BUSY_READER.ordinal())).isEqualTo(5);
  }

  @Test
  void javaAndCJoinTheSameWays() {
    assertThat(names(Joining.values())).isEqualTo(FlowHeader.enumValues("joining"));
  }

  @Test
  void aFlowTellsHowItJoinedAndHowOftenItShiftedAndReturned() {
    List<String> fields = FlowHeader.words("flow_record");
    assertThat(fields).endsWith("shifted", "shifts", "returns", "joining");
    ByteBuffer record =
        ByteBuffer.allocate(Layout.FLOW_RECORD_BYTES).order(ByteOrder.nativeOrder());
    int last = Layout.FLOW_RECORD_BYTES - 4;
    record.putInt(last, Joining.BY_ADOPTION.ordinal()).putInt(last - 4, 2).putInt(last - 8, 9);

    FlowEnd end = Layout.flowEnd(record);

    assertThat(end.joining()).isEqualTo(Joining.BY_ADOPTION).hasToString("adoption");
    assertThat(end.returns()).isEqualTo(2);
    assertThat(end.shifts()).isEqualTo(9);
  }

  @Test
  void javaAndCKnowTheSameWaiters() {
    List<String> kernel = FlowHeader.enumValues("waiter");

    assertThat(kernel).last().isEqualTo("WAITERS");
    assertThat(names(Waiters.Kind.values())).isEqualTo(kernel.subList(0, kernel.size() - 1));
  }

  @Test
  void aProtectionIsInForceOnceAllThatItNeedsIsKnown() {
    Map<Waiters.Kind, Long> functions = new EnumMap<>(Waiters.Kind.class);
    for (Waiters.Kind kind : Waiters.Kind.values()) {
      functions.put(kind, 1L + kind.ordinal());
    }

    assertThat(Layout.kernelFacts(Layout.kernelFacts(functions)))
        .containsExactly(KernelFacts.WAITERS, KernelFacts.CALL_FLAGS);
    functions.remove(Waiters.Kind.IN_POLL);
    assertThat(Layout.kernelFacts(Layout.kernelFacts(functions)))
        .containsExactly(KernelFacts.CALL_FLAGS);
    assertThat(Layout.kernelFacts(ByteBuffer.allocate(Layout.KERNEL_FACTS_BYTES))).isEmpty();
  }

  @Test
  void anIdentityLiesWhereOtherGenerationsReadIt() {
    Build build = new Build(Build.GENERATION, "3f2a91c0".repeat(8));

    ByteBuffer entry =
        Layout.identity(ByteBuffer.allocate(40).order(ByteOrder.nativeOrder()), build, 7);

    assertThat(FlowHeader.words("identity")).containsExactly("__u8 sha256[32]", "__u64 turn");
    assertThat(entry.get(0)).isEqualTo((byte) 0x3f);
    assertThat(entry.getLong(32)).isEqualTo(7);
    assertThat(Layout.sha256(entry)).isEqualTo(build.sha256());
  }

  @Test
  void aSetIsNamedAfterItsBuildAndOneOfAnOlderReleaseAfterItsGeneration() {
    Build build = new Build(Build.GENERATION, "3f2a91c0".repeat(8));

    assertThat(build).hasToString(Build.GENERATION + "-3f2a91c0");
    assertThat(new Build(7, "")).hasToString("7");
    for (String name : List.of("7", "8-3f2a91c0", "123456789")) {
      assertThat(Pins.in(Path.of("/pins", name)).orElseThrow().build()).hasToString(name);
    }
    for (String name : List.of("", "-3f2a91c0", "8-", "8-3f2a91c", "8-3F2A91C0", "other")) {
      assertThat(Pins.in(Path.of("/pins/" + name))).as(name).isEmpty();
    }
  }

  @Test
  void settingsOfAnOlderGenerationLackWhatCameLater() {
    ByteBuffer entry = ByteBuffer.allocate(40).order(ByteOrder.nativeOrder());
    Layout.entry(entry, new Settings(4097, 12, 13, 14, 15 << 20, Gears.ON), State.ENABLED, 1)
        .limit(32);

    assertThat(Layout.settings(entry))
        .isEqualTo(new Settings(4097, 12, 13, 14, Settings.DEFAULT.maxBacklogMemory(), Gears.AUTO));
  }

  @Test
  void aPrefixSurvivesTheKernel() {
    Prefix prefix = Prefix.cidr("10.6.0.0/16");

    ByteBuffer key = Layout.key(ByteBuffer.allocate(20).order(ByteOrder.nativeOrder()), prefix);

    assertThat(key.getInt(0)).isEqualTo(96 + 16);
    assertThat(Layout.prefix(key)).isEqualTo(prefix);
  }

  private static List<String> names(Enum<?>[] values) {
    return Arrays.stream(values).map(Enum::name).toList();
  }
}
