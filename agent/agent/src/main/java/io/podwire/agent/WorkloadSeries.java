package io.podwire.agent;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The counters of pairs of workloads, of which only so many have series of their own; the rest
 * counts as {@code other}. While there are fewer, a pair has its own as soon as it redirects. Once
 * an hour a pair without takes the place of one that redirected less than half as many messages in
 * that hour.
 *
 * <p>No series ever goes back: one that ends is not added to {@code other}, which would rise by
 * what was counted long ago, and a pair that gets a place begins at 0, since {@code other} has what
 * it redirected before. Of one thread, but for reading the counters.
 */
final class WorkloadSeries {

  static final Duration PERIOD = Duration.ofHours(1);

  /** Pairs that are remembered for the places of the next hour; more only count as other. */
  private static final int MOST_REMEMBERED = 10_000;

  /** What of several pairs, or none, is added up as. */
  private static final String NO_NAMESPACE = "";

  /** What one pair has redirected, which the registry only refers to. */
  private static final class Series {
    private volatile Amount amount = Amount.NONE;
    private List<Meter> meters = List.of();
  }

  private final int most;
  private final MeterRegistry registry;
  private final Map<WorkloadPair, Series> shown = new LinkedHashMap<>();
  private final Series other;
  private final Series unattributed;

  /** Messages since the period began. */
  private final Map<WorkloadPair, Long> recent = new HashMap<>();

  private long periodBegan;

  /**
   * @param most pairs that have series of their own, 1 or more
   * @param now ns of {@link System#nanoTime}
   */
  WorkloadSeries(int most, MeterRegistry registry, long now) {
    this.most = most;
    this.registry = registry;
    this.periodBegan = now;
    other = series(NO_NAMESPACE, "other", NO_NAMESPACE, "other");
    unattributed = series(NO_NAMESPACE, "unattributed", NO_NAMESPACE, "unattributed");
  }

  /**
   * Counts what pairs have redirected since the last time.
   *
   * @param now ns of {@link System#nanoTime}
   */
  void add(Map<WorkloadPair, Amount> more, long now) {
    if (now - periodBegan >= PERIOD.toNanos()) {
      givePlaces();
      recent.clear();
      periodBegan = now;
    }
    more.entrySet().stream()
        .sorted(
            Comparator.comparingLong(
                (Map.Entry<WorkloadPair, Amount> one) -> -one.getValue().messages()))
        .forEach(one -> add(one.getKey(), one.getValue()));
  }

  private void add(WorkloadPair pair, Amount more) {
    if (!shown.containsKey(pair) && shown.size() < most) {
      show(pair);
    }
    Series series = shown.getOrDefault(pair, other);
    series.amount = series.amount.plus(more);
    if (recent.size() < MOST_REMEMBERED || recent.containsKey(pair)) {
      recent.merge(pair, more.messages(), Long::sum);
    }
  }

  /** Sets what is nobody's. */
  void unattributed(Amount all) {
    unattributed.amount = all;
  }

  private void givePlaces() {
    List<WorkloadPair> without =
        recent.keySet().stream()
            .filter(pair -> !shown.containsKey(pair))
            .sorted(Comparator.comparingLong(this::recent).reversed())
            .toList();
    for (WorkloadPair pair : without) {
      WorkloadPair least =
          shown.keySet().stream().min(Comparator.comparingLong(this::recent)).orElseThrow();
      if (recent(pair) <= 2 * recent(least)) {
        return;
      }
      shown.remove(least).meters.forEach(registry::remove);
      show(pair);
    }
  }

  private long recent(WorkloadPair pair) {
    return recent.getOrDefault(pair, 0L);
  }

  private void show(WorkloadPair pair) {
    shown.put(
        pair,
        series(
            pair.client().namespace(),
            pair.client().name(),
            pair.server().namespace(),
            pair.server().name()));
  }

  private Series series(
      String clientNamespace, String client, String serverNamespace, String server) {
    Tags tags =
        Tags.of(
            "client_namespace", clientNamespace,
            "client_workload", client,
            "server_namespace", serverNamespace,
            "server_workload", server);
    Series series = new Series();
    series.meters =
        List.of(
            counter("messages", "Messages", series, s -> s.amount.messages(), tags),
            counter("bytes", "Bytes of messages", series, s -> s.amount.bytes(), tags));
    return series;
  }

  private FunctionCounter counter(
      String unit, String what, Series series, ToDoubleFunction<Series> value, Tags tags) {
    return FunctionCounter.builder("podwire.workload.redirected." + unit, series, value)
        .description(
            what
                + " that the connections of a client workload and a server workload have"
                + " redirected, both directions, since the agent started or the series began")
        .tags(tags)
        .register(registry);
  }
}
