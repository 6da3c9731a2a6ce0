package io.podwire.agent;

import io.podwire.datapath.Build;
import io.podwire.datapath.Flow;
import io.podwire.datapath.FlowEnd;
import io.podwire.datapath.Redirected;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Says, look by look, how much of what the node redirects is whose. The kernel counts for each
 * joined end, until that closes, and for the node as a whole. So what ends have redirected since
 * the look before is theirs, and what nobody is seen to have redirected is unattributed: the last
 * bytes of connections that closed, all of those that opened and closed between two looks, and what
 * ends without a name redirect. No message is counted twice. Of one thread.
 *
 * <p>A look reads the node's numbers first and the ends' afterwards. So what is redirected
 * meanwhile is an end's already and not yet the node's, and what is unattributed is never too much:
 * it only comes a look later.
 */
final class WorkloadTally {

  private record EndKey(long handshake, boolean client) {}

  /** Empty before the first look, and where that found nothing loaded. */
  private Optional<Build> build = Optional.empty();

  private boolean begun;
  private Amount node = Amount.NONE;
  private Amount grown = Amount.NONE;
  private Amount attributed = Amount.NONE;
  private Amount unattributed = Amount.NONE;

  /** What each end had redirected at the look before. */
  private Map<EndKey, Amount> seen = Map.of();

  /**
   * When the look before began, ns of {@link System#nanoTime}: ends that joined since are new.
   * Empty where the ends were not looked at then.
   */
  private Optional<Long> since = Optional.empty();

  /**
   * Takes down what the node has redirected. What it had at the first look is nobody's, since an
   * earlier agent counted it.
   *
   * @param now empty where nothing is loaded
   * @return whether that is more than at the look before
   */
  boolean count(Optional<Redirected> now) {
    Amount before = node;
    boolean another = !now.map(Redirected::build).equals(build);
    node = now.map(n -> new Amount(n.messages(), n.bytes())).orElse(Amount.NONE);
    build = now.map(Redirected::build);
    if (!begun) {
      begun = true;
      return true;
    }
    if (another || node.messages() < before.messages()) {
      before = Amount.NONE; // it was loaded since, and counts from 0
      seen = Map.of();
    }
    grown = grown.plus(node.minus(before));
    return node.messages() != before.messages();
  }

  /**
   * Looks at the ends, after {@link #count}.
   *
   * @param at when this look began, before the count; ns of {@link System#nanoTime}
   * @param flows all of the build
   * @return what flows of each pair have redirected since the look before
   */
  Map<WorkloadPair, Amount> attribute(long at, List<Flow> flows, Names names) {
    Map<EndKey, Amount> found = new HashMap<>();
    Map<WorkloadPair, Amount> pairs = new HashMap<>();
    for (Flow flow : flows) {
      Amount more =
          more(flow.client(), new EndKey(flow.handshake(), true), found)
              .plus(more(flow.server(), new EndKey(flow.handshake(), false), found));
      if (more.messages() > 0) {
        WorkloadPair.of(flow, names).ifPresent(pair -> pairs.merge(pair, more, Amount::plus));
      }
    }
    seen = found;
    since = Optional.of(at);
    attributed = pairs.values().stream().reduce(attributed, Amount::plus);
    return pairs;
  }

  /** Notes what an end has redirected, and returns what is new of it. */
  private Amount more(Optional<FlowEnd> end, EndKey key, Map<EndKey, Amount> found) {
    if (end.isEmpty()) {
      return Amount.NONE;
    }
    Amount now = new Amount(end.get().redirected(), end.get().redirectedBytes());
    found.put(key, now);
    Amount before = seen.get(key);
    if (before == null && isNew(end.get())) {
      return now;
    }
    return before == null || now.messages() < before.messages() ? Amount.NONE : now.minus(before);
  }

  /** Of an end that is no new one, what it has redirected may have been counted before. */
  private boolean isNew(FlowEnd end) {
    return since.filter(then -> end.joinedNanos() - then >= 0).isPresent() && end.returns() == 0;
  }

  /** Looks at no end this time: all that the node redirects meanwhile stays unattributed. */
  void lookAway() {
    seen = Map.of();
    since = Optional.empty();
  }

  /** What was redirected since the first look and is nobody's; never less than before. */
  Amount unattributed() {
    unattributed = unattributed.max(grown.minus(attributed));
    return unattributed;
  }
}
