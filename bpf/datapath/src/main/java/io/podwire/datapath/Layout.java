package io.podwire.datapath;

import static io.podwire.datapath.Struct.u16;
import static io.podwire.datapath.Struct.u32;
import static io.podwire.datapath.Struct.u32s;
import static io.podwire.datapath.Struct.u64;
import static io.podwire.datapath.Struct.u64s;
import static io.podwire.datapath.Struct.u8s;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The structs of {@code flow.h} that Java reads or writes, and how it does. */
final class Layout {

  static final Struct HANDSHAKE = Struct.of("handshake", u32("client_isn"), u32("server_isn"));
  static final Struct FLOW_KEY = Struct.of("flow_key", HANDSHAKE.as("handshake"), u32("role"));
  static final Struct ADDRESS = Struct.of("address", u32s("word", 4));

  static final Struct PREFIX = Struct.of("prefix", u32("length"), ADDRESS.as("address"));
  private static final int PREFIX_LENGTH = PREFIX.offset("length");
  private static final int PREFIX_ADDRESS = PREFIX.offset("address");

  static final Struct LISTENER =
      Struct.of("listener", u64("netns"), ADDRESS.as("address"), u32("port"), u32("pad"));
  static final Struct PARTIES = Struct.of("parties", LISTENER.as("listener"), ADDRESS.as("client"));
  private static final int PARTIES_LISTENER =
      PARTIES.offset("listener") + LISTENER.offset("address");
  private static final int PARTIES_NETNS = PARTIES.offset("listener") + LISTENER.offset("netns");
  private static final int PARTIES_PORT = PARTIES.offset("listener") + LISTENER.offset("port");
  private static final int PARTIES_CLIENT = PARTIES.offset("client");

  static final Struct INCOMPATIBILITY =
      Struct.of("incompatibility", u64("at"), u32("why"), u32("pad"));
  static final int INCOMPATIBILITY_AT = INCOMPATIBILITY.offset("at");
  private static final int INCOMPATIBILITY_WHY = INCOMPATIBILITY.offset("why");

  /** How old an incompatibility is when it is forgotten, as in flow.h. */
  static final int INCOMPATIBLE_SECONDS = 3600;

  private static final long INCOMPATIBLE_NANOS = INCOMPATIBLE_SECONDS * 1_000_000_000L;

  static final Struct REASON = Struct.of("reason", u64("at"), u32("why"), u32("times"));
  private static final int REASON_AT = REASON.offset("at");
  private static final int REASON_WHY = REASON.offset("why");
  private static final int REASON_TIMES = REASON.offset("times");

  static final Struct SETTINGS =
      Struct.of(
          "settings",
          u32("state"),
          u32("epoch"),
          u32("authority"),
          u32("policy_epoch"),
          u32("max_backlog_bytes"),
          u32("max_backlog_messages"),
          u32("break_even_messages"),
          u32("max_flows"),
          u32("max_backlog_memory"),
          u32("gears"),
          u32("observes"));
  static final int SETTINGS_STATE = SETTINGS.offset("state");
  static final int SETTINGS_EPOCH = SETTINGS.offset("epoch");
  private static final int SETTINGS_AUTHORITY = SETTINGS.offset("authority");
  static final int SETTINGS_POLICY_EPOCH = SETTINGS.offset("policy_epoch");
  private static final int SETTINGS_BACKLOG_BYTES = SETTINGS.offset("max_backlog_bytes");
  private static final int SETTINGS_BACKLOG_MESSAGES = SETTINGS.offset("max_backlog_messages");
  private static final int SETTINGS_BREAK_EVEN = SETTINGS.offset("break_even_messages");
  private static final int SETTINGS_MAX_FLOWS = SETTINGS.offset("max_flows");
  private static final int SETTINGS_BACKLOG_MEMORY = SETTINGS.offset("max_backlog_memory");
  private static final int SETTINGS_GEARS = SETTINGS.offset("gears");
  private static final int SETTINGS_OBSERVES = SETTINGS.offset("observes");

  static final int IDENTITY_SHA256_BYTES = 32;
  static final Struct IDENTITY =
      Struct.of("identity", u8s("sha256", IDENTITY_SHA256_BYTES), u64("turn"));
  private static final int IDENTITY_SHA256 = IDENTITY.offset("sha256");
  static final int IDENTITY_TURN = IDENTITY.offset("turn");

  static final Struct POLICY = Struct.of("policy", u32("epoch"), u32("mark"));
  static final int POLICY_EPOCH = POLICY.offset("epoch");
  static final int POLICY_MARK = POLICY.offset("mark");

  /** One number for each {@link Counter}, in their order. */
  static final Struct COUNTERS = Struct.of("counters", u64s("value", Counter.values().length));

  static final Struct DEPARTURE =
      Struct.of(
          "departure",
          u64("since"),
          u64("looked_at"),
          u64("next_look"),
          u64s("tp", 2),
          u64s("begin", 2),
          u32s("known_settled", 2),
          u32("epoch"),
          u32("awaits"));
  static final int DEPARTURE_SINCE = DEPARTURE.offset("since");

  static final Struct FLOW_RECORD =
      Struct.of(
          "flow_record",
          FLOW_KEY.as("self"),
          u32("retired"),
          ADDRESS.as("local"),
          ADDRESS.as("remote"),
          u32("local_port"),
          u32("remote_port"),
          u64("netns"),
          u64("container"),
          u64("joined_at"),
          u64("redirected"),
          u64("redirected_bytes"),
          u32("unread"),
          u32("unread_bytes"),
          u32("shifted"),
          u32("shifts"),
          u32("returns"),
          u32("joining"));
  static final int FLOW_RECORD_BYTES = FLOW_RECORD.bytes();
  private static final int RECORD_SELF = FLOW_RECORD.offset("self");
  private static final int RECORD_HANDSHAKE = RECORD_SELF + FLOW_KEY.offset("handshake");
  private static final int RECORD_ROLE = RECORD_SELF + FLOW_KEY.offset("role");
  private static final int RECORD_RETIRED = FLOW_RECORD.offset("retired");
  private static final int RECORD_LOCAL = FLOW_RECORD.offset("local");
  private static final int RECORD_REMOTE = FLOW_RECORD.offset("remote");
  private static final int RECORD_LOCAL_PORT = FLOW_RECORD.offset("local_port");
  private static final int RECORD_REMOTE_PORT = FLOW_RECORD.offset("remote_port");
  private static final int RECORD_NETNS = FLOW_RECORD.offset("netns");
  private static final int RECORD_CONTAINER = FLOW_RECORD.offset("container");
  private static final int RECORD_JOINED_AT = FLOW_RECORD.offset("joined_at");
  private static final int RECORD_REDIRECTED = FLOW_RECORD.offset("redirected");
  private static final int RECORD_REDIRECTED_BYTES = FLOW_RECORD.offset("redirected_bytes");
  private static final int RECORD_UNREAD = FLOW_RECORD.offset("unread");
  private static final int RECORD_UNREAD_BYTES = FLOW_RECORD.offset("unread_bytes");
  private static final int RECORD_SHIFTED = FLOW_RECORD.offset("shifted");
  private static final int RECORD_SHIFTS = FLOW_RECORD.offset("shifts");
  private static final int RECORD_RETURNS = FLOW_RECORD.offset("returns");
  private static final int RECORD_JOINING = FLOW_RECORD.offset("joining");

  static final Struct OBSERVED_RECORD =
      Struct.of(
          "observed_record",
          u64("since"),
          PARTIES.as("parties"),
          u32("role"),
          u32("pad"),
          u64("messages"),
          u64("bytes"));
  static final int OBSERVED_RECORD_BYTES = OBSERVED_RECORD.bytes();
  private static final int OBSERVED_SINCE = OBSERVED_RECORD.offset("since");
  private static final int OBSERVED_PARTIES = OBSERVED_RECORD.offset("parties");
  private static final int OBSERVED_ROLE = OBSERVED_RECORD.offset("role");
  private static final int OBSERVED_MESSAGES = OBSERVED_RECORD.offset("messages");
  private static final int OBSERVED_BYTES = OBSERVED_RECORD.offset("bytes");

  static final Struct ADOPTION =
      Struct.of(
          "adoption",
          u64("cgroup"),
          u32("pass"),
          u32("ends"),
          u32s("found", Finding.values().length),
          u32s("outcome", Finding.values().length));
  private static final int ADOPTION_CGROUP = ADOPTION.offset("cgroup");
  private static final int ADOPTION_PASS = ADOPTION.offset("pass");
  static final int ADOPTION_ENDS = ADOPTION.offset("ends");
  private static final int ADOPTION_FOUND = ADOPTION.offset("found");
  private static final int ADOPTION_OUTCOME = ADOPTION.offset("outcome");

  static final Struct KERNEL_FACTS =
      Struct.of(
          "kernel_facts",
          u64s("functions", Waiters.Kind.values().length),
          u64("call_flags"),
          u64("counts_both"));
  private static final int KERNEL_FACTS_FUNCTIONS = KERNEL_FACTS.offset("functions");
  private static final int KERNEL_FACTS_CALL_FLAGS = KERNEL_FACTS.offset("call_flags");
  private static final int KERNEL_FACTS_COUNTS_BOTH = KERNEL_FACTS.offset("counts_both");

  static final Struct WAITER_RECORD =
      Struct.of(
          "waiter_record",
          u32("local"),
          u32("remote"),
          u16("local_port"),
          u16("remote_port"),
          u32("waiters"),
          u64("function"),
          u32("flags"),
          u32("pad"));
  static final int WAITER_RECORD_BYTES = WAITER_RECORD.bytes();
  private static final int WAITER_COUNT = WAITER_RECORD.offset("waiters");
  private static final int WAITER_FUNCTION = WAITER_RECORD.offset("function");
  private static final int WAITER_FLAGS = WAITER_RECORD.offset("flags");

  private Layout() {}

  /** An entry of {@code adoption} for another walk, which has found nothing yet. */
  static ByteBuffer nextWalk(ByteBuffer adoption, long cgroup) {
    adoption
        .putLong(ADOPTION_CGROUP, cgroup)
        .putInt(ADOPTION_PASS, adoption.getInt(ADOPTION_PASS) + 1)
        .putInt(ADOPTION_ENDS, 0);
    return put(adoption, ADOPTION_FOUND, Map.of());
  }

  /** What a walk found. */
  static Map<Finding, Integer> findings(ByteBuffer adoption) {
    return findings(adoption, ADOPTION_FOUND);
  }

  /** The entry with what came of an attempt. */
  static ByteBuffer noted(ByteBuffer adoption, Map<Finding, Integer> outcome) {
    return put(adoption, ADOPTION_OUTCOME, outcome);
  }

  /** What came of the last attempt. */
  static Map<Finding, Integer> outcome(ByteBuffer adoption) {
    return findings(adoption, ADOPTION_OUTCOME);
  }

  private static Map<Finding, Integer> findings(ByteBuffer adoption, int offset) {
    Map<Finding, Integer> found = new EnumMap<>(Finding.class);
    for (Finding finding : Finding.values()) {
      found.put(finding, adoption.getInt(offset + Integer.BYTES * finding.ordinal()));
    }
    return found;
  }

  private static ByteBuffer put(ByteBuffer adoption, int offset, Map<Finding, Integer> found) {
    for (Finding finding : Finding.values()) {
      adoption.putInt(offset + Integer.BYTES * finding.ordinal(), found.getOrDefault(finding, 0));
    }
    return adoption;
  }

  /** An entry of {@code kernel_facts}, with the flags found. */
  static ByteBuffer kernelFacts(Map<Waiters.Kind, Long> functions) {
    ByteBuffer entry =
        ByteBuffer.allocateDirect(KERNEL_FACTS.bytes()).order(ByteOrder.nativeOrder());
    functions.forEach((kind, function) -> entry.putLong(function(kind), function));
    return entry.putLong(KERNEL_FACTS_CALL_FLAGS, 1);
  }

  private static int function(Waiters.Kind kind) {
    return KERNEL_FACTS_FUNCTIONS + Long.BYTES * kind.ordinal();
  }

  /** Notes in an entry of {@code kernel_facts} whether {@code FIONREAD} counts both queues. */
  static ByteBuffer kernelFacts(ByteBuffer entry, boolean countsBoth) {
    return entry.putLong(KERNEL_FACTS_COUNTS_BOTH, countsBoth ? 1 : 0);
  }

  static Set<KernelFacts> kernelFacts(ByteBuffer entry) {
    Set<KernelFacts> facts = EnumSet.noneOf(KernelFacts.class);
    if (Stream.of(Waiters.Kind.values()).allMatch(k -> entry.getLong(function(k)) != 0)) {
      facts.add(KernelFacts.WAITERS);
    }
    if (entry.getLong(KERNEL_FACTS_CALL_FLAGS) != 0) {
      facts.add(KernelFacts.CALL_FLAGS);
    }
    return facts;
  }

  static Waiters.Seen seen(ByteBuffer record) {
    return new Waiters.Seen(
        record.getInt(WAITER_COUNT), record.getLong(WAITER_FUNCTION), record.getInt(WAITER_FLAGS));
  }

  static long handshake(ByteBuffer record) {
    return record.getLong(RECORD_HANDSHAKE);
  }

  static Role role(ByteBuffer record) {
    return Role.values()[record.getInt(RECORD_ROLE)];
  }

  static FlowEnd flowEnd(ByteBuffer record) {
    return new FlowEnd(
        socketAddress(record, RECORD_LOCAL, RECORD_LOCAL_PORT),
        socketAddress(record, RECORD_REMOTE, RECORD_REMOTE_PORT),
        record.getLong(RECORD_NETNS),
        record.getLong(RECORD_CONTAINER),
        record.getLong(RECORD_JOINED_AT),
        record.getLong(RECORD_REDIRECTED),
        record.getLong(RECORD_REDIRECTED_BYTES),
        reason(record.getInt(RECORD_RETIRED)),
        reason(record.getInt(RECORD_SHIFTED)),
        record.getInt(RECORD_SHIFTS),
        record.getInt(RECORD_RETURNS),
        Joining.values()[record.getInt(RECORD_JOINING)],
        record.getInt(RECORD_UNREAD),
        record.getInt(RECORD_UNREAD_BYTES));
  }

  private static Optional<Counter> reason(int counter) {
    return counter == 0 ? Optional.empty() : Optional.of(Counter.values()[counter]);
  }

  private static InetSocketAddress socketAddress(ByteBuffer record, int address, int port) {
    return new InetSocketAddress(inetAddress(record, address), record.getInt(port));
  }

  private static InetAddress inetAddress(ByteBuffer record, int address) {
    byte[] bytes = new byte[ADDRESS.bytes()];
    record.get(address, bytes);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("16 bytes are an address", e);
    }
  }

  /**
   * The settings in an entry, which may be of an older generation and end before a field: then that
   * field's default holds.
   */
  static Settings settings(ByteBuffer entry) {
    return new Settings(
        entry.getInt(SETTINGS_BACKLOG_BYTES),
        entry.getInt(SETTINGS_BACKLOG_MESSAGES),
        entry.getInt(SETTINGS_MAX_FLOWS),
        entry.getInt(SETTINGS_BREAK_EVEN),
        entry.limit() > SETTINGS_BACKLOG_MEMORY
            ? entry.getInt(SETTINGS_BACKLOG_MEMORY)
            : Settings.DEFAULT.maxBacklogMemory(),
        entry.limit() > SETTINGS_GEARS
            ? Gears.values()[entry.getInt(SETTINGS_GEARS)]
            : Settings.DEFAULT.gears(),
        entry.limit() > SETTINGS_OBSERVES && entry.getInt(SETTINGS_OBSERVES) != 0);
  }

  static ByteBuffer entry(ByteBuffer entry, Settings settings, State state, int epoch) {
    return entry
        .putInt(SETTINGS_STATE, state.ordinal())
        .putInt(SETTINGS_EPOCH, epoch)
        .putInt(SETTINGS_BACKLOG_BYTES, settings.maxBacklogBytes())
        .putInt(SETTINGS_BACKLOG_MESSAGES, settings.maxBacklogMessages())
        .putInt(SETTINGS_BREAK_EVEN, settings.breakEvenMessages())
        .putInt(SETTINGS_MAX_FLOWS, settings.maxFlows())
        .putInt(SETTINGS_BACKLOG_MEMORY, settings.maxBacklogMemory())
        .putInt(SETTINGS_GEARS, settings.gears().ordinal())
        .putInt(SETTINGS_OBSERVES, settings.observes() ? 1 : 0);
  }

  static ByteBuffer switched(ByteBuffer entry, State state, Authority by) {
    return entry.putInt(SETTINGS_STATE, state.ordinal()).putInt(SETTINGS_AUTHORITY, by.ordinal());
  }

  static Authority authority(ByteBuffer entry) {
    return Authority.values()[entry.getInt(SETTINGS_AUTHORITY)];
  }

  /** Whether the client or the listener of parties has one of these addresses. */
  static Predicate<ByteBuffer> isPartyWith(Collection<Prefix> addresses) {
    Set<ByteBuffer> wanted =
        addresses.stream()
            .map(address -> ByteBuffer.wrap(address.bytes()))
            .collect(Collectors.toSet());
    return parties ->
        Stream.of(PARTIES_CLIENT, PARTIES_LISTENER)
            .map(offset -> parties.slice(offset, ADDRESS.bytes()))
            .anyMatch(wanted::contains);
  }

  /**
   * What a joined socket could not keep; empty where that is forgotten.
   *
   * @param now nanoseconds of the monotonic clock
   */
  static Optional<Counter> incompatibility(ByteBuffer entry, long now) {
    return now - entry.getLong(INCOMPATIBILITY_AT) < INCOMPATIBLE_NANOS
        ? Optional.of(Counter.values()[entry.getInt(INCOMPATIBILITY_WHY)])
        : Optional.empty();
  }

  static Observation observation(ByteBuffer record) {
    return new Observation(
        inetAddress(record, OBSERVED_PARTIES + PARTIES_CLIENT),
        socketAddress(record, OBSERVED_PARTIES + PARTIES_LISTENER, OBSERVED_PARTIES + PARTIES_PORT),
        Role.values()[record.getInt(OBSERVED_ROLE)],
        record.getLong(OBSERVED_SINCE),
        record.getLong(OBSERVED_MESSAGES),
        record.getLong(OBSERVED_BYTES));
  }

  /** An entry of the map of {@link ReasonTable}. */
  static Reason reason(ByteBuffer parties, ByteBuffer value) {
    Counter why = Counter.values()[value.getInt(REASON_WHY)];
    return reason(parties, why, value.getInt(REASON_TIMES), value.getLong(REASON_AT));
  }

  /** An entry of the map of {@link IncompatibleTable}, with what it says. */
  static Reason incompatibility(ByteBuffer parties, ByteBuffer entry, Counter why) {
    return reason(parties, why, 1, entry.getLong(INCOMPATIBILITY_AT));
  }

  private static Reason reason(ByteBuffer parties, Counter why, int times, long nanos) {
    return new Reason(
        inetAddress(parties, PARTIES_CLIENT),
        socketAddress(parties, PARTIES_LISTENER, PARTIES_PORT),
        parties.getLong(PARTIES_NETNS),
        why,
        times,
        nanos);
  }

  /** The hex digits of an identity. */
  static String sha256(ByteBuffer identity) {
    byte[] sha256 = new byte[IDENTITY_SHA256_BYTES];
    identity.get(IDENTITY_SHA256, sha256);
    return HexFormat.of().formatHex(sha256);
  }

  static ByteBuffer identity(ByteBuffer identity, Build build, long turn) {
    return identity
        .put(IDENTITY_SHA256, HexFormat.of().parseHex(build.sha256()))
        .putLong(IDENTITY_TURN, turn);
  }

  /** The prefix of full length that a key stands for which is an address alone. */
  static Prefix address(ByteBuffer key) {
    byte[] address = new byte[ADDRESS.bytes()];
    key.get(0, address);
    return Prefix.of(address, Byte.SIZE * ADDRESS.bytes());
  }

  static Prefix prefix(ByteBuffer key) {
    byte[] address = new byte[ADDRESS.bytes()];
    key.get(PREFIX_ADDRESS, address);
    return Prefix.of(address, key.getInt(PREFIX_LENGTH));
  }

  static Selection selection(ByteBuffer value) {
    return Selection.values()[value.getInt(0)];
  }

  static ByteBuffer key(ByteBuffer key, Prefix prefix) {
    return key.putInt(PREFIX_LENGTH, prefix.length()).put(PREFIX_ADDRESS, prefix.bytes());
  }
}
