package io.podwire.agent;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.Janitor;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent of a node, from its start to its end. What it did stays when it is closed: only the
 * heartbeat runs out.
 */
public final class Agent implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

  /** What comes within this time after a change costs one pass together. */
  private static final Duration GATHER = Duration.ofMillis(50);

  /**
   * Between passes for changes: one looks at every pod, so what it costs is bounded by how often,
   * however many changes there are. The first change after a quiet time does not wait for it.
   */
  private static final Duration REST = Duration.ofMillis(500);

  /** From a refusal until it is looked at again, the first time; then twice as long each time. */
  private static final Duration FIRST_LOOK = Duration.ofSeconds(5);

  private static final Duration LAST_LOOK = Duration.ofHours(1);

  /** Time for what still runs to end. */
  private static final Duration END = Duration.ofSeconds(5);

  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final AgentConfiguration configuration;
  private final Datapath datapath;
  private final KubernetesCluster cluster;
  private final KubernetesEvents events;
  private final Supplier<Admission> admission;
  private final Reconciler reconciler;
  private final Heartbeat heartbeat;
  private final PassCount passes = new PassCount();
  private final AgentMetrics metrics;
  private final HttpEndpoint measured;
  private final HttpEndpoint probed;
  private final ScheduledThreadPoolExecutor loop =
      new ScheduledThreadPoolExecutor(1, work -> new Thread(work, "reconcile"));
  private final AtomicBoolean pending = new AtomicBoolean();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final Thread check = new Thread(this::check, "check");
  private volatile Optional<Janitor> janitor = Optional.empty();
  private final CountDownLatch closed = new CountDownLatch(1);
  private Future<?> look = CompletableFuture.completedFuture(null);
  private volatile long alive = System.nanoTime();
  private volatile long rested = System.nanoTime();

  /**
   * Wires an agent; nothing is touched before {@link #run}.
   *
   * @param datapath is closed with this; one that this machine can run
   * @param admission may take a minute, if the kernel was never checked
   * @param nodeAddresses the addresses of the node
   * @throws AgentException where it cannot listen, or does not know of a cluster
   */
  public Agent(
      AgentConfiguration configuration,
      Datapath datapath,
      Supplier<Admission> admission,
      Supplier<Set<InetAddress>> nodeAddresses) {
    this.configuration = configuration;
    this.datapath = datapath;
    this.admission = admission;
    measured = HttpEndpoint.at(configuration.listen(), "--listen", HttpEndpoint.PATIENCE);
    probed = HttpEndpoint.at(configuration.probes(), "--probe-listen", HttpEndpoint.PATIENCE);
    KubernetesClient client = client();
    cluster = new KubernetesCluster(client, configuration);
    events = new KubernetesEvents(client, configuration.node(), configuration.pod());
    check.setDaemon(true);
    loop.setRemoveOnCancelPolicy(true);
    loop.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    heartbeat = new Heartbeat(datapath, configuration.heartbeat());
    reconciler = new Reconciler(configuration, datapath, cluster, events, heartbeat, nodeAddresses);
    metrics = new AgentMetrics(datapath, cluster, reconciler::state, passes, heartbeat);
  }

  private static KubernetesClient client() {
    return new KubernetesClientBuilder()
        .withConfig(ClusterConfig.find(0)) // whoever asks tries again
        .withKubernetesSerialization(KubernetesCluster.serialization())
        .build();
  }

  /** Follows the cluster until it is closed. */
  public void run() {
    LOG.info(
        "starting node={} mode={} listen={} probes={}",
        configuration.node(),
        configuration.mode(),
        measured,
        probed);
    measured.serve("/metrics", this::measurements).start();
    probed
        .serve("/healthz", this::health)
        .serve("/readyz", this::readiness)
        .serve("/pods", this::pods)
        .start();
    cluster.follow(this::changed);
    check.start(); // its end begins a pass, which needs the cluster
    long resync = configuration.resync().toMillis();
    long beat = heartbeat.interval().toMillis();
    loop.scheduleWithFixedDelay(() -> pass(this::resync), 0, resync, TimeUnit.MILLISECONDS);
    loop.scheduleWithFixedDelay(() -> attempt(this::beat), beat, beat, TimeUnit.MILLISECONDS);
    janitor = Optional.of(Janitor.of(datapath));
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void beat() {
    if (reconciler.beat()) {
      pass(reconciler::fullPass);
    }
  }

  private void resync() {
    cluster.lookForSpiderpool();
    reconciler.fullPass();
  }

  /** A refusal is looked at again, more and more seldom: somebody may have made a check since. */
  private void check() {
    try {
      for (Duration pause = FIRST_LOOK; !closing.get(); pause = longer(pause)) {
        Admission result = admission();
        if (closing.get() || admit(result, pause)) {
          return;
        }
        Thread.sleep(pause.toMillis());
      }
    } catch (InterruptedException e) {
      // closed meanwhile
    }
  }

  /** Has the loop heed it; false where it is to be looked at again after the pause. */
  private boolean admit(Admission result, Duration pause) {
    Admission heeded = result.until(Instant.now().plus(pause));
    loop.execute(
        () ->
            pass(
                () -> {
                  reconciler.admit(heeded);
                  reconciler.fullPass();
                }));
    return result.refusal().isEmpty();
  }

  private Admission admission() {
    try {
      return admission.get();
    } catch (RuntimeException e) {
      return Admission.unknown("the kernel cannot be checked: " + e.getMessage());
    }
  }

  /** Twice as long; an hour at most. */
  static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LAST_LOOK) > 0 ? LAST_LOOK : twice;
  }

  private void changed() {
    if (!closing.get() && pending.compareAndSet(false, true)) {
      loop.schedule(
          () -> {
            pending.set(false); // before the pass: what changes during it needs another
            pass(reconciler::pass);
            rested = System.nanoTime() + REST.toNanos();
          },
          Math.max(GATHER.toNanos(), rested - System.nanoTime()),
          TimeUnit.NANOSECONDS);
    }
  }

  private void pass(Runnable work) {
    attempt(
        () -> {
          long begin = System.nanoTime();
          cluster.noteConnections();
          work.run();
          passes.passed(System.nanoTime() - begin);
        });
  }

  private void attempt(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      passes.failed();
      LOG.error("pass failed reason=\"{}\"", e.getMessage() == null ? e : e.getMessage());
      reconciler.failed("reconciling failed: " + e.getMessage());
    }
    lookAgain();
    alive = System.nanoTime();
  }

  /** A pod that starts can show its addresses after its last change. */
  private void lookAgain() {
    look.cancel(false);
    OptionalLong delay = reconciler.nextLook();
    if (delay.isPresent() && !closing.get()) {
      look = loop.schedule(this::changed, delay.getAsLong(), TimeUnit.NANOSECONDS);
    }
  }

  private HttpEndpoint.Answer measurements() {
    return new HttpEndpoint.Answer(200, PROMETHEUS, metrics.recent());
  }

  private HttpEndpoint.Answer health() {
    Duration silent = Duration.ofNanos(System.nanoTime() - alive);
    Duration limit = configuration.heartbeat().multipliedBy(2).plusSeconds(5);
    return silent.compareTo(limit) < 0
        ? HttpEndpoint.Answer.ok("ok")
        : HttpEndpoint.Answer.unavailable(
            "the reconcile loop stands still for " + silent.toSeconds() + " s");
  }

  private HttpEndpoint.Answer readiness() {
    AgentState state = reconciler.state();
    return state
        .obstacle()
        .map(HttpEndpoint.Answer::unavailable)
        .orElseGet(
            () ->
                HttpEndpoint.Answer.ok(
                    "ok"
                        + state.unchecked().map(why -> ": " + AgentState.UNCHECKED + why).orElse("")
                        + "; "
                        + AgentState.protections(state.status())));
  }

  private HttpEndpoint.Answer pods() {
    return new HttpEndpoint.Answer(
        200, "application/json", PodsDocument.of(configuration.node(), reconciler.state()).json());
  }

  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return; // a signal came while it was ending
    }
    LOG.info("stopping; the datapath stays, new connections join until the heartbeat runs out");
    measured.close();
    probed.close();
    check.interrupt();
    try {
      check.join(END.toMillis()); // it puts its results into the loop
      loop.shutdown();
      loop.awaitTermination(END.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    janitor.ifPresent(Janitor::close);
    cluster.close();
    events.close();
    metrics.close();
    datapath.close();
    closed.countDown();
  }
}
