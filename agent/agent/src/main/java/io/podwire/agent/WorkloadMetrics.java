package io.podwire.agent;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.Redirected;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures what is redirected between which workloads. */
final class WorkloadMetrics implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(WorkloadMetrics.class);

  /**
   * With more flows none is looked at. Each end is a system call and some hundred bytes of the
   * heap: so many flows take some tenths of a second and a few MB, and a rest of about a minute. A
   * look that came more seldom would miss what it is for, since what closed before it is nobody's.
   */
  static final int MAX_FLOWS = 4096;

  private final DatapathView datapath;
  private final String node;
  private final Supplier<AgentState> state;
  private final WorkloadTally tally = new WorkloadTally();
  private final WorkloadSeries series;
  private final PacedLook pace = new PacedLook("workloads", this::look);
  private volatile boolean suspended;
  private volatile Optional<Long> looked = Optional.empty();

  /**
   * Touches nothing before {@link #start}.
   *
   * @param pairs how many have series of their own, 1 or more
   * @param datapath the caller closes it after this
   */
  WorkloadMetrics(
      int pairs,
      String node,
      DatapathView datapath,
      Supplier<AgentState> state,
      MeterRegistry registry) {
    this.node = node;
    this.datapath = datapath;
    this.state = state;
    series = new WorkloadSeries(pairs, registry, System.nanoTime());
    Gauge.builder("podwire.workload.metrics.suspended", this, m -> m.suspended ? 1 : 0)
        .description("1 while there are too many flows to look at them: all counts as unattributed")
        .register(registry);
    Gauge.builder("podwire.workload.look.age.seconds", this, WorkloadMetrics::age)
        .description("Seconds since flows were last looked at for their workloads")
        .register(registry);
  }

  void start() {
    pace.start();
  }

  /** Looks once. */
  void look() {
    long now = System.nanoTime();
    Optional<Redirected> redirected = datapath.redirected();
    boolean more = tally.count(redirected);
    suspend(redirected.map(Redirected::flows).orElse(0));
    if (suspended) {
      tally.lookAway();
    } else if (more) {
      Map<WorkloadPair, Amount> pairs =
          tally.attribute(
              now,
              redirected.map(r -> datapath.flows(r.build())).orElseGet(List::of),
              Names.of(PodsDocument.of(node, state.get(), Map.of())));
      series.add(pairs, now);
    }
    series.unattributed(tally.unattributed());
    looked = Optional.of(now);
  }

  /**
   * A quarter fewer than too many are to be there before it looks again, so that it does not flap.
   */
  private void suspend(int flows) {
    boolean tooMany = flows > (suspended ? MAX_FLOWS - MAX_FLOWS / 4 : MAX_FLOWS);
    if (tooMany && !suspended) {
      LOG.warn(
          "metrics by workload are suspended flows={} max={}: all counts as unattributed until"
              + " there are fewer",
          flows,
          MAX_FLOWS);
    } else if (!tooMany && suspended) {
      LOG.info("metrics by workload go on flows={}", flows);
    }
    suspended = tooMany;
  }

  private double age() {
    return looked.map(then -> (System.nanoTime() - then) / 1e9).orElse(Double.NaN);
  }

  @Override
  public void close() {
    pace.close();
  }
}
