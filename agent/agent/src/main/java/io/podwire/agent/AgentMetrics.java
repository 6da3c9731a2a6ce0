package io.podwire.agent;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.podwire.check.Verdict;
import io.podwire.datapath.Build;
import io.podwire.datapath.Counter;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.Finding;
import io.podwire.datapath.Guard;
import io.podwire.datapath.KernelFacts;
import io.podwire.datapath.Occupancy;
import io.podwire.datapath.OwnerProcesses;
import io.podwire.datapath.SocketOwner;
import io.podwire.datapath.Status;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the agent and its datapath can be measured by; docs/operations.md has the table. The
 * datapath is read once for each scrape.
 */
final class AgentMetrics implements AutoCloseable {

  private static final long MAX_AGE_NANOS = 1_000_000_000;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final DatapathView datapath;
  private final OwnerProcesses processes;
  private final MultiGauge mapEntries =
      MultiGauge.builder("podwire.map.entries").register(registry);
  private final MultiGauge mapLimits =
      MultiGauge.builder("podwire.map.entries.max").register(registry);
  private final MultiGauge owners =
      MultiGauge.builder("podwire.socket.owner.sockets").register(registry);
  private final MultiGauge build = MultiGauge.builder("podwire.build.info").register(registry);
  private final String carried = Build.carried().toString();
  private volatile Status status = Status.absent();
  private String recent = "";
  private long scraped;

  AgentMetrics(
      DatapathView datapath,
      Cluster cluster,
      List<PolicyKind> policyKinds,
      Supplier<AgentState> state,
      PassCount passes,
      Heartbeat heartbeat,
      OwnerProcesses processes) {
    this.datapath = datapath;
    this.processes = processes;
    datapathCounters();
    datapathGauges();
    Gauge.builder("podwire.pods", () -> state.get().selected())
        .tag("selected", "true")
        .register(registry);
    Gauge.builder("podwire.pods", () -> state.get().decisions().size() - state.get().selected())
        .tag("selected", "false")
        .register(registry);
    gauge("podwire.agent.ready", s -> state.get().obstacle().isEmpty() ? 1 : 0);
    gauge("podwire.check.refused", s -> state.get().refusal().isPresent() ? 1 : 0);
    for (Verdict verdict : Verdict.values()) {
      gauge("podwire.check.cases", s -> state.get().cases(verdict), "verdict", verdict.toString());
    }
    gauge("podwire.heartbeat.age.seconds", s -> heartbeat.age());
    FunctionCounter.builder("podwire.reconcile.passes", passes, PassCount::passes)
        .register(registry);
    FunctionCounter.builder("podwire.reconcile.seconds", passes, PassCount::seconds)
        .register(registry);
    FunctionCounter.builder("podwire.reconcile.errors", passes, PassCount::failures)
        .register(registry);
    List<String> resources =
        new ArrayList<>(
            List.of(
                "pods", "namespaces", "nodes", "networkpolicies", "services", "spiderendpoints"));
    policyKinds.forEach(kind -> resources.add(kind.toString()));
    for (String resource : resources) {
      Gauge.builder(
              "podwire.api.watch.up",
              cluster,
              c -> Boolean.TRUE.equals(c.watches().get(resource)) ? 1 : 0)
          .tag("resource", resource)
          .register(registry);
    }
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    gc.bindTo(registry);
  }

  private void datapathGauges() {
    gauge("podwire.enabled", s -> s.joins() ? 1 : 0);
    gauge("podwire.observing", s -> s.observes() ? 1 : 0);
    gauge("podwire.flows", Status::flows);
    gauge("podwire.flows.max", s -> s.settings().maxFlows());
    gauge("podwire.selected.prefixes", Status::selected);
    gauge(
        "podwire.draining.flows",
        s -> s.draining().values().stream().mapToInt(Integer::intValue).sum());
    gauge("podwire.incompatible.containers", s -> s.containers().size());
    gauge(
        "podwire.incompatible.clients",
        s -> s.parties().values().stream().mapToInt(Integer::intValue).sum());
    gauge("podwire.warnings", s -> s.warnings().size());
    for (Finding finding : Finding.values()) {
      gauge(
          "podwire.adoption.connections",
          s -> s.adoption().get(finding),
          "outcome",
          finding.toString());
    }
    for (Guard guard : Guard.values()) {
      Gauge.builder("podwire.guard.loaded", this, m -> m.status.guards().contains(guard) ? 1 : 0)
          .tag("guard", guard.toString())
          .register(registry);
    }
    Stream.concat(Stream.of(KernelFacts.values()), Stream.of(Guard.values()))
        .map(Object::toString)
        .forEach(
            name ->
                gauge(
                    "podwire.protection",
                    s -> s.protections().contains(name) ? 1 : 0,
                    "name",
                    name));
  }

  private void datapathCounters() {
    for (Counter counter : Counter.values()) {
      String name = counter.name().toLowerCase(Locale.ROOT);
      switch (counter) {
        case ANNOUNCED -> counter("podwire.announced", counter);
        case CLAIMED -> counter("podwire.joined.ends", counter, "role", "client");
        case COMPLETED -> counter("podwire.joined.ends", counter, "role", "server");
        case LEFT -> counter("podwire.left.ends", counter);
        case WOKEN -> counter("podwire.woken.readers", counter);
        case REDIRECTED -> counter("podwire.redirected.messages", counter);
        case REDIRECTED_BYTES -> counter("podwire.redirected.bytes", counter);
        case PASSED -> counter("podwire.passed.messages", counter);
        case NO_PEER -> counter("podwire.retired.directions", counter, "reason", "no_peer");
        case SHIFTED_ADOPTED -> connections("podwire.adopted", counter);
        case SHIFTED_RETURNED -> connections("podwire.returned", counter);
        case RESUMED -> counter("podwire.resumptions", counter);
        case OBSERVED -> counter("podwire.observed.connections", counter);
        case OBSERVED_SHORT -> counter("podwire.observed.short.connections", counter);
        case JOIN_FAILED -> counter("podwire.join.failures", counter);
        default -> byReason(counter, name);
      }
    }
  }

  private void byReason(Counter counter, String name) {
    String reason = name.substring(name.indexOf('_') + 1);
    if (name.startsWith("retired_")) {
      counter("podwire.retired.directions", counter, "reason", reason);
    } else if (name.startsWith("shifted_")) {
      counter("podwire.shifts", counter, "reason", reason);
    } else if (name.startsWith("skipped_")) {
      counter("podwire.skipped", counter, "reason", reason);
    } else if (name.startsWith("refused_")) {
      counter("podwire.refused.calls", counter, "call", reason);
    } else if (name.startsWith("join_failed_")) {
      counter("podwire.join.failures." + name.substring("join_failed_".length()), counter);
    } else {
      counter("podwire." + name.replace('_', '.'), counter);
    }
  }

  /** Measures connections by a counter that counts both directions of each. */
  private void connections(String name, Counter directions) {
    FunctionCounter.builder(name, this, m -> m.status.counters().get(directions) / 2)
        .register(registry);
  }

  private void counter(String name, Counter counter, String... tags) {
    FunctionCounter.builder(name, this, m -> m.status.counters().get(counter))
        .tags(tags)
        .register(registry);
  }

  private void gauge(String name, ToDoubleFunction<Status> value, String... tags) {
    Gauge.builder(name, this, m -> value.applyAsDouble(m.status)).tags(tags).register(registry);
  }

  /** The datapath's status, as the last scrape read it. */
  Status status() {
    return status;
  }

  /** For what others measure; this closes it. */
  MeterRegistry registry() {
    return registry;
  }

  /**
   * The same as {@link #scrape()}, but not older than a second: whoever asks all the time costs no
   * more than one scrape a second. Of one thread.
   */
  String recent() {
    long now = System.nanoTime();
    if (recent.isEmpty() || now - scraped > MAX_AGE_NANOS) {
      recent = scrape();
      scraped = now;
    }
    return recent;
  }

  /** All measurements as they are now, in Prometheus' text format. */
  String scrape() {
    status = datapath.status();
    String loaded = status.another().or(status::build).map(Build::toString).orElse("none");
    build.register(
        List.of(
            MultiGauge.Row.of(
                Tags.of("version", ProductVersion.get(), "programs", carried, "loaded", loaded),
                1)),
        true);
    owners.register(rows(status.owners()), true);
    Map<String, Occupancy> maps = datapath.maps();
    mapEntries.register(rows(maps, Occupancy::entries), true);
    mapLimits.register(rows(maps, Occupancy::maxEntries), true);
    return registry.scrape();
  }

  /** How many sockets each owner has; those with the same labels together. */
  private List<MultiGauge.Row<?>> rows(List<SocketOwner> owners) {
    Map<Integer, OwnerProcesses.OwnerProcess> seen = processes.of(owners);
    Map<Tags, Double> sockets = new LinkedHashMap<>();
    for (SocketOwner owner : owners) {
      sockets.merge(
          tags(owner, Optional.ofNullable(seen.get(owner.map()))),
          owner.sockets().isEmpty() ? Double.NaN : owner.sockets().getAsInt(),
          Double::sum);
    }
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    sockets.forEach((tags, count) -> rows.add(MultiGauge.Row.of(tags, count)));
    return rows;
  }

  private static Tags tags(SocketOwner owner, Optional<OwnerProcesses.OwnerProcess> process) {
    return Tags.of(
        "owner",
        owner.kind().toString(),
        "program",
        owner.programs().stream()
            .map(SocketOwner.AttachedProgram::name)
            .collect(Collectors.joining(",")),
        "map",
        owner.mapName(),
        "pid",
        process.map(found -> Long.toString(found.pid())).orElse(""),
        "comm",
        process.map(OwnerProcesses.OwnerProcess::comm).orElse(""));
  }

  private static List<MultiGauge.Row<?>> rows(
      Map<String, Occupancy> maps, Function<Occupancy, Integer> value) {
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    maps.forEach((map, use) -> rows.add(MultiGauge.Row.of(Tags.of("map", map), value.apply(use))));
    return rows;
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
