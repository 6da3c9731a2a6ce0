package io.podwire.datapath;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The structs of {@code flow.h}, by offset. */
final class Layout {

  static final int SETTINGS_STATE = 0;
  static final int SETTINGS_EPOCH = 4;
  private static final int SETTINGS_AUTHORITY = 8;
  static final int SETTINGS_POLICY_EPOCH = 12;
  private static final int SETTINGS_BACKLOG_BYTES = 16;
  private static final int SETTINGS_BACKLOG_MESSAGES = 20;
  private static final int SETTINGS_BREAK_EVEN = 24;
  private static final int SETTINGS_MAX_FLOWS = 28;
  private static final int SETTINGS_BACKLOG_MEMORY = 32;
  private static final int SETTINGS_GEARS = 36;
  static final int IDENTITY_SHA256_BYTES = 32;
  static final int IDENTITY_TURN = 32;
  static final int POLICY_MARK = 4;
  private static final int PREFIX_ADDRESS = 4;
  private static final int ADDRESS_BYTES = 16;
  private static final int PARTIES_LISTENER = 8;
  private static final int PARTIES_CLIENT = 32;
  private static final int INCOMPATIBILITY_AT = 0;
  private static final int INCOMPATIBILITY_WHY = 8;

  /** So long after it an incompatibility is forgotten. */
  static final long INCOMPATIBLE_NANOS = 3_600_000_000_000L;

  static final int FLOW_RECORD_BYTES = 120;
  private static final int RECORD_ROLE = 8;
  private static final int RECORD_RETIRED = 12;
  private static final int RECORD_LOCAL = 16;
  private static final int RECORD_REMOTE = 32;
  private static final int RECORD_LOCAL_PORT = 48;
  private static final int RECORD_REMOTE_PORT = 52;
  private static final int RECORD_NETNS = 56;
  private static final int RECORD_CONTAINER = 64;
  private static final int RECORD_JOINED_AT = 72;
  private static final int RECORD_REDIRECTED = 80;
  private static final int RECORD_REDIRECTED_BYTES = 88;
  private static final int RECORD_UNREAD = 96;
  private static final int RECORD_UNREAD_BYTES = 100;
  private static final int RECORD_SHIFTED = 104;
  private static final int RECORD_SHIFTS = 108;
  private static final int RECORD_RETURNS = 112;
  private static final int RECORD_JOINING = 116;

  static final int ADOPTION_BYTES = 112;
  private static final int ADOPTION_CGROUP = 0;
  private static final int ADOPTION_PASS = 8;
  static final int ADOPTION_ENDS = 12;
  private static final int ADOPTION_FOUND = 16;
  private static final int ADOPTION_OUTCOME =
      ADOPTION_FOUND + Integer.BYTES * Finding.values().length;

  private static final int KERNEL_FACTS_CALL_FLAGS = 8 * Waiters.Kind.values().length;
  private static final int KERNEL_FACTS_COUNTS_BOTH = KERNEL_FACTS_CALL_FLAGS + 8;
  static final int KERNEL_FACTS_BYTES = KERNEL_FACTS_COUNTS_BOTH + 8;

  static final int WAITER_RECORD_BYTES = 32;
  private static final int WAITER_COUNT = 12;
  private static final int WAITER_FUNCTION = 16;
  private static final int WAITER_FLAGS = 24;

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
    ByteBuffer entry = ByteBuffer.allocateDirect(KERNEL_FACTS_BYTES).order(ByteOrder.nativeOrder());
    functions.forEach((kind, function) -> entry.putLong(8 * kind.ordinal(), function));
    return entry.putLong(KERNEL_FACTS_CALL_FLAGS, 1);
  }

  /** Notes in an entry of {@code kernel_facts} whether {@code FIONREAD} counts both queues. */
  static ByteBuffer kernelFacts(ByteBuffer entry, boolean countsBoth) {
    return entry.putLong(KERNEL_FACTS_COUNTS_BOTH, countsBoth ? 1 : 0);
  }

  static Set<KernelFacts> kernelFacts(ByteBuffer entry) {
    Set<KernelFacts> facts = EnumSet.noneOf(KernelFacts.class);
    if (Stream.of(Waiters.Kind.values()).allMatch(k -> entry.getLong(8 * k.ordinal()) != 0)) {
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
    return record.getLong(0);
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
    byte[] bytes = new byte[16];
    record.get(address, bytes);
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes), record.getInt(port));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("16 bytes are an address", e);
    }
  }

  /** Of an older generation too; it may end before a field, whose default holds then. */
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
            : Settings.DEFAULT.gears());
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
        .putInt(SETTINGS_GEARS, settings.gears().ordinal());
  }

  static ByteBuffer switched(ByteBuffer entry, State state, Authority by) {
    return entry.putInt(SETTINGS_STATE, state.ordinal()).putInt(SETTINGS_AUTHORITY, by.ordinal());
  }

  static Authority authority(ByteBuffer entry) {
    return Authority.values()[entry.getInt(SETTINGS_AUTHORITY)];
  }

  /** Whether the client or the listener has that address. */
  static boolean isParty(ByteBuffer parties, Prefix address) {
    return Stream.of(PARTIES_CLIENT, PARTIES_LISTENER)
        .map(offset -> parties.slice(offset, ADDRESS_BYTES))
        .anyMatch(ByteBuffer.wrap(address.bytes())::equals);
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

  /** The hex digits of an identity. */
  static String sha256(ByteBuffer identity) {
    byte[] sha256 = new byte[IDENTITY_SHA256_BYTES];
    identity.get(0, sha256);
    return HexFormat.of().formatHex(sha256);
  }

  static ByteBuffer identity(ByteBuffer identity, Build build, long turn) {
    return identity.put(0, HexFormat.of().parseHex(build.sha256())).putLong(IDENTITY_TURN, turn);
  }

  /** Of a key that is an address alone. */
  static Prefix address(ByteBuffer key) {
    byte[] address = new byte[16];
    key.get(0, address);
    return Prefix.of(address, 128);
  }

  static Prefix prefix(ByteBuffer key) {
    byte[] address = new byte[16];
    key.get(PREFIX_ADDRESS, address);
    return Prefix.of(address, key.getInt(0));
  }

  static Selection selection(ByteBuffer value) {
    return Selection.values()[value.getInt(0)];
  }

  static ByteBuffer key(ByteBuffer key, Prefix prefix) {
    return key.putInt(0, prefix.length()).put(PREFIX_ADDRESS, prefix.bytes());
  }
}
