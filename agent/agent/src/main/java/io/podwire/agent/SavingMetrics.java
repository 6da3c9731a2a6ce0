package io.podwire.agent;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.podwire.datapath.Counter;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.MessageCost;
import io.podwire.datapath.Observed;
import io.podwire.datapath.Status;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Measures what acceleration saves, and what it would. The kernel counts what observed connections
 * have sent when they close. What is open is looked at now and then, since no scrape is to walk it.
 */
final class SavingMetrics implements AutoCloseable {

  private final DatapathView datapath;
  private final Optional<MessageCost> cost;
  private final Supplier<Status> status;
  private final PacedLook pace = new PacedLook("observed", this::look);
  private volatile Observed open = Observed.NOTHING;

  /**
   * Touches nothing before {@link #start}.
   *
   * @param datapath the caller closes it after this
   * @param cost of a message; without it no CPU time is measured
   * @param status as the scrape read it
   */
  SavingMetrics(
      DatapathView datapath,
      Optional<MessageCost> cost,
      Supplier<Status> status,
      MeterRegistry registry) {
    this.datapath = datapath;
    this.cost = cost;
    this.status = status;
    Gauge.builder("podwire.observed.open.connections", this, m -> m.open.connections())
        .register(registry);
    Gauge.builder("podwire.observed.open.messages", this, m -> m.open.messages())
        .register(registry);
    Gauge.builder("podwire.observed.open.bytes", this, m -> m.open.bytes()).register(registry);
    if (cost.isPresent()) {
      FunctionCounter.builder(
              "podwire.cpu.saved.seconds", this, m -> m.seconds(m.count(Counter.REDIRECTED)))
          .register(registry);
      Gauge.builder(
              "podwire.cpu.saveable.seconds",
              this,
              m -> m.seconds(m.count(Counter.OBSERVED_MESSAGES) + m.open.messages()))
          .register(registry);
    }
  }

  void start() {
    pace.start();
  }

  /** Looks once. */
  void look() {
    open = Observed.of(datapath.observed());
  }

  private long count(Counter counter) {
    return status.get().counters().get(counter);
  }

  private double seconds(long messages) {
    return cost.map(one -> Math.max(0, one.savedSeconds(messages))).orElse(Double.NaN);
  }

  @Override
  public void close() {
    pace.close();
  }
}
