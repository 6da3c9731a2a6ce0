package io.podwire.bench;

import io.podwire.datapath.Counter;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import java.util.EnumMap;
import java.util.Map;

/**
 * Proves by the datapath's counters which way the messages of a round went. Only the testbed's
 * processes move these counters, and one round runs at a time.
 *
 * <p>Every proof returns what the counters that changed were moved by, and throws {@link
 * BenchException} when they contradict.
 */
public final class PathProof {

  private static final int MORE_THAN_A_SHORT_CONNECTION = 10;

  private final DatapathView datapath;
  private final String round;
  private final Status before;

  private PathProof(DatapathView datapath, String round) {
    this.datapath = datapath;
    this.round = round;
    this.before = datapath.status();
  }

  /**
   * Begins the proof: the round must not have started.
   *
   * @param round names it in errors
   */
  public static PathProof begin(DatapathView datapath, String round) {
    return new PathProof(datapath, round);
  }

  /**
   * One connection joined, both ends, and every one of at least this many messages went from socket
   * to socket.
   */
  public Map<Counter, Long> redirected(long messages) {
    Map<Counter, Long> moved = redirected(1, messages);
    require(of(moved, Counter.CLAIMED) == 1, moved, "more than its one connection joined");
    return moved;
  }

  /**
   * At least so many connections joined, both ends, and every one of at least this many messages
   * went from socket to socket.
   */
  public Map<Counter, Long> redirected(long connections, long messages) {
    Map<Counter, Long> moved = joined(connections);
    require(
        of(moved, Counter.REDIRECTED) >= messages,
        moved,
        "not all of its " + messages + " messages were redirected");
    return moved;
  }

  /**
   * At least so many connections joined, both ends, and some of what they sent went from socket to
   * socket.
   */
  public Map<Counter, Long> joined(long connections) {
    Map<Counter, Long> moved = moved();
    require(
        of(moved, Counter.CLAIMED) >= connections && of(moved, Counter.COMPLETED) >= connections,
        moved,
        connections == 1
            ? "its connection did not join"
            : "not all of its " + connections + " connections joined");
    require(of(moved, Counter.REDIRECTED) > 0, moved, "nothing was redirected");
    return moved;
  }

  /** Nothing joined and nothing was redirected. */
  public Map<Counter, Long> plain() {
    Map<Counter, Long> moved = moved();
    require(
        of(moved, Counter.CLAIMED) == 0
            && of(moved, Counter.COMPLETED) == 0
            && of(moved, Counter.REDIRECTED) == 0,
        moved,
        "it was to be plain TCP, and connections joined");
    return moved;
  }

  /** Nothing was loaded, neither before the round nor after it. */
  public Map<Counter, Long> absent() {
    Status after = datapath.status();
    Map<Counter, Long> moved = moved(after);
    require(
        before.state() == State.ABSENT && after.state() == State.ABSENT,
        moved,
        "a datapath is loaded");
    return moved;
  }

  /** The datapath is enabled with so many addresses selected, before and after, and did nothing. */
  public Map<Counter, Long> idle(int selected) {
    Status after = datapath.status();
    Map<Counter, Long> moved = moved(after);
    require(
        before.state() == State.ENABLED
            && after.state() == State.ENABLED
            && before.selected() == selected
            && after.selected() == selected,
        moved,
        "the datapath was to be enabled with "
            + selected
            + " selected, and is "
            + after.state()
            + " with "
            + after.selected());
    require(moved.isEmpty(), moved, "there was nothing to do, and the datapath acted");
    return moved;
  }

  /**
   * Every one of these short connections was seen, and most were left to TCP because they are too
   * short to pay.
   */
  public Map<Counter, Long> skippedShort(long connections) {
    Map<Counter, Long> moved = moved();
    long skipped = of(moved, Counter.SKIPPED_SHORT);
    require(
        skipped + of(moved, Counter.CLAIMED) >= connections,
        moved,
        "not all of its " + connections + " connections were seen");
    require(2 * skipped > connections, moved, "its short connections were not skipped");
    return moved;
  }

  /**
   * A chatty connection was redirected while short connections of another listener were skipped.
   *
   * @param messages of the chatty connection, far more than the few short ones that joined can
   *     account for
   */
  public Map<Counter, Long> chattyAmongShort(long messages) {
    Map<Counter, Long> moved = moved();
    require(of(moved, Counter.SKIPPED_SHORT) > 0, moved, "no short connection was skipped");
    require(
        of(moved, Counter.REDIRECTED) >= messages
            && messages > of(moved, Counter.CLAIMED) * MORE_THAN_A_SHORT_CONNECTION,
        moved,
        "the " + messages + " messages of the chatty connection were not redirected");
    return moved;
  }

  private Map<Counter, Long> moved() {
    return moved(datapath.status());
  }

  private Map<Counter, Long> moved(Status after) {
    Map<Counter, Long> moved = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      long by = after.counters().get(counter) - before.counters().get(counter);
      if (by != 0) {
        moved.put(counter, by);
      }
    }
    return moved;
  }

  private void require(boolean holds, Map<Counter, Long> moved, String otherwise) {
    if (!holds) {
      throw new BenchException(
          round + " is no measurement: " + otherwise + "; counters moved: " + moved);
    }
  }

  private static long of(Map<Counter, Long> moved, Counter counter) {
    return moved.getOrDefault(counter, 0L);
  }
}
