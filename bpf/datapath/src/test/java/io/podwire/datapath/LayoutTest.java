package io.podwire.datapath;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares {@link Layout} with the BTF of the built programs, which says what the compiler made of
 * {@code flow.h}.
 */
class LayoutTest {

  private static final Path OBJECTS = Path.of("target/classes/io/podwire/bpf");

  static Stream<Path> objects() throws IOException {
    try (Stream<Path> files = Files.list(OBJECTS)) {
      return files
          .filter(file -> file.getFileName().toString().matches("podwire\\..*\\.bpf\\.o"))
          .toList()
          .stream();
    }
  }

  static Stream<Arguments> enums() {
    return Stream.of(
        arguments("role", names(Role.values())),
        arguments("state", names(State.DISABLED, State.ENABLED, State.DRAINING)),
        arguments("authority", names(Authority.values())),
        arguments("gears", names(Gears.values()).stream().map("GEARS_"::concat).toList()),
        arguments("selection", names(Selection.values())),
        arguments("counter", with(names(Counter.values()), "COUNTERS")),
        arguments("joining", names(Joining.values())),
        arguments("finding", with(names(Finding.values()), "FINDINGS")),
        arguments("waiter", with(names(Waiters.Kind.values()), "WAITERS")));
  }

  /** All that Layout declares. */
  private static List<Struct> structs() {
    return Arrays.stream(Layout.class.getDeclaredFields())
        .filter(field -> field.getType() == Struct.class)
        .map(LayoutTest::value)
        .toList();
  }

  private static Struct value(Field constant) {
    try {
      return (Struct) constant.get(null);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Btf programs() {
    return Btf.of(OBJECTS.resolve("podwire." + KernelRelease.running().build() + ".bpf.o"));
  }

  @ParameterizedTest
  @MethodSource("objects")
  void javaAndCHaveEachFieldOfAStructAtTheSameOffset(Path object) {
    Btf programs = Btf.of(object);

    assertThat(structs())
        .hasSizeGreaterThan(10)
        .allSatisfy(struct -> assertThat(struct).isEqualTo(programs.struct(struct.name())));
  }

  @ParameterizedTest
  @MethodSource("enums")
  void javaAndCNumberTheSameValues(String name, List<String> values) {
    Map<String, Integer> kernel = programs().enumeration(name);

    assertThat(kernel.keySet()).containsExactlyElementsOf(values);
    assertThat(kernel.values())
        .containsExactlyElementsOf(IntStream.range(0, values.size()).boxed().toList());
  }

  @Test
  void javaAndCHaveTheSameNumbers() {
    assertThat(programs().enumeration("number"))
        .isEqualTo(
            Map.of(
                "GENERATION", Build.GENERATION,
                "INCOMPATIBLE_SECONDS", Layout.INCOMPATIBLE_SECONDS,
                "MAX_BACKLOG_MESSAGES", Settings.MAX_BACKLOG_MESSAGES,
                "PROBES_A_SECOND", Unload.PROBES_A_SECOND));
  }

  /** Two builds of one generation read each other's maps. */
  @Test
  void anotherLayoutIsAnotherGeneration() throws NoSuchAlgorithmException {
    Btf programs = programs();
    Stream<Struct> structs = structs().stream().map(struct -> programs.struct(struct.name()));
    Stream<?> enums = enums().map(e -> programs.enumeration((String) e.get()[0]));
    byte[] layout = Stream.concat(structs, enums).toList().toString().getBytes(US_ASCII);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(layout);

    assertThat(Build.GENERATION + " " + HexFormat.of().formatHex(digest).substring(0, 8))
        .as("flow.h changed: raise GENERATION, if it was released, and note its fingerprint here")
        .isEqualTo("11 cbc64efb");
  }

  @Test
  void settingsLieWhereTheProgramsReadThem() {
    Settings settings = new Settings(4097, 12, 13, 14, 15 << 20, Gears.ON, false);

    ByteBuffer entry =
        Layout.entry(
            ByteBuffer.allocate(44).order(ByteOrder.nativeOrder()), settings, State.DRAINING, 15);

    Struct struct = programs().struct("settings");
    assertThat(entry.getInt(struct.offset("state"))).isEqualTo(State.DRAINING.ordinal());
    assertThat(entry.getInt(struct.offset("epoch"))).isEqualTo(15);
    assertThat(entry.getInt(struct.offset("max_backlog_bytes"))).isEqualTo(4097);
    assertThat(entry.getInt(struct.offset("max_backlog_messages"))).isEqualTo(12);
    assertThat(entry.getInt(struct.offset("max_flows"))).isEqualTo(13);
    assertThat(entry.getInt(struct.offset("break_even_messages"))).isEqualTo(14);
    assertThat(entry.getInt(struct.offset("max_backlog_memory"))).isEqualTo(15 << 20);
    assertThat(entry.getInt(struct.offset("gears"))).isEqualTo(1);
    assertThat(Layout.settings(entry)).isEqualTo(settings);
    Layout.switched(entry, State.ENABLED, Authority.NODE);
    assertThat(entry.getInt(struct.offset("authority"))).isEqualTo(Authority.NODE.ordinal());
  }

  @Test
  void aWalkBeginsAnewAndTheOutcomeOfTheLastAttemptStays() {
    int findings = Finding.values().length;
    ByteBuffer entry = ByteBuffer.allocate(Layout.ADOPTION.bytes()).order(ByteOrder.nativeOrder());
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
  void aFlowTellsHowItJoinedAndHowOftenItShiftedAndReturned() {
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
    assertThat(Layout.kernelFacts(ByteBuffer.allocate(Layout.KERNEL_FACTS.bytes()))).isEmpty();
  }

  @Test
  void anIdentityLiesWhereOtherGenerationsReadIt() {
    Build build = new Build(Build.GENERATION, "3f2a91c0".repeat(8));

    ByteBuffer entry =
        Layout.identity(ByteBuffer.allocate(40).order(ByteOrder.nativeOrder()), build, 7);

    assertThat(entry.get(0)).isEqualTo((byte) 0x3f);
    assertThat(entry.getLong(32)).isEqualTo(7);
    assertThat(Layout.sha256(entry)).isEqualTo(build.sha256());
  }

  @Test
  void aBuildIsNamedAfterItsHashAndOneOfAnOlderReleaseAfterItsGeneration() {
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
    ByteBuffer entry = ByteBuffer.allocate(44).order(ByteOrder.nativeOrder());
    Layout.entry(entry, new Settings(4097, 12, 13, 14, 15 << 20, Gears.ON, false), State.ENABLED, 1)
        .limit(32);

    assertThat(Layout.settings(entry))
        .isEqualTo(
            new Settings(4097, 12, 13, 14, Settings.DEFAULT.maxBacklogMemory(), Gears.AUTO, false));
  }

  @Test
  void aPrefixSurvivesTheKernel() {
    Prefix prefix = Prefix.cidr("10.6.0.0/16");

    ByteBuffer key = Layout.key(ByteBuffer.allocate(20).order(ByteOrder.nativeOrder()), prefix);

    assertThat(key.getInt(0)).isEqualTo(96 + 16);
    assertThat(Layout.prefix(key)).isEqualTo(prefix);
  }

  private static List<String> names(Enum<?>... values) {
    return Arrays.stream(values).map(Enum::name).toList();
  }

  /** Names of an enum in C: at its end it has the number of the others. */
  private static List<String> with(List<String> names, String number) {
    return Stream.concat(names.stream(), Stream.of(number)).toList();
  }
}
