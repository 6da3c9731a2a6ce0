package io.podwire.agent;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.Janitor;
import io.podwire.datapath.MessageCost;
import io.podwire.datapath.OwnerProcesses;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent of a node, from its start to its end. What it did stays when it is closed: only the
 * heartbeat runs out.
 */
public final class Agent implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

  /** A change waits so long for others: all that come within it cost one pass together. */
  private static final Duration GATHER = Duration.ofMillis(50);

  /**
   * Between passes for changes: one looks at every pod, so what it costs is bounded by how often,
   * however many changes there are. The first change after a quiet time does not wait for it.
   */
  private static final Duration REST = Duration.ofMillis(500);

  /** How long {@link #close} waits for a pass that still runs. */
  private static final Duration END = Duration.ofSeconds(5);

  private final AgentConfiguration configuration;
  private final Datapath datapath;
  private final KubernetesCluster cluster;
  private final KubernetesEvents events;
  private final KernelCheck check;
  private final Reconciler reconciler;
  private final Heartbeat heartbeat;
  private final PassCount passes = new PassCount();
  private final AgentMetrics metrics;
  private final SavingMetrics saving;
  private final Optional<WorkloadMetrics> workloads;
  private final AgentPages pages;
  private final HttpEndpoint measured;
  private final HttpEndpoint probed;
  private final Optional<HttpEndpoint> told;
  private final ScheduledThreadPoolExecutor loop =
      new ScheduledThreadPoolExecutor(1, work -> new Thread(work, "reconcile"));

  /** A pass for a change was scheduled and has not begun. */
  private final AtomicBoolean pending = new AtomicBoolean();

  /** The pass that was asked for at once and has not begun; null where none was. */
  private final AtomicReference<CompletableFuture<Void>> atOnce = new AtomicReference<>();

  private final AtomicBoolean closing = new AtomicBoolean();
  private volatile Optional<Janitor> janitor = Optional.empty();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** The pass that is due without a change; of the loop's thread. */
  private Future<?> look = CompletableFuture.completedFuture(null);

  /** When the loop was last seen to go on, ns of {@link System#nanoTime}; the loop writes it. */
  private volatile long alive = System.nanoTime();

  /** When the rest after the last pass for changes is over, ns of {@link System#nanoTime}. */
  private volatile long rested = System.nanoTime();

  /**
   * Wires an agent; nothing is touched before {@link #run}.
   *
   * @param datapath is closed with this; one that this machine can run
   * @param admission may take a minute, if the kernel was never checked
   * @param nodeAddresses the addresses of the node
   * @param cost of a message on this node; empty where it was not calibrated
   * @throws AgentException where it cannot listen, or does not know of a cluster
   */
  public Agent(
      AgentConfiguration configuration,
      Datapath datapath,
      Supplier<Admission> admission,
      Supplier<Set<InetAddress>> nodeAddresses,
      Optional<MessageCost> cost) {
    this.configuration = configuration;
    this.datapath = datapath;
    check = new KernelCheck(admission, this::heed);
    measured = HttpEndpoint.at(configuration.listen(), "--listen", HttpEndpoint.PATIENCE);
    probed = HttpEndpoint.at(configuration.probes(), "--probe-listen", HttpEndpoint.PATIENCE);
    told =
        configuration
            .cniSocket()
            .map(path -> HttpEndpoint.at(path, "--cni-socket", HttpEndpoint.PATIENCE));
    KubernetesClient client = client();
    cluster = new KubernetesCluster(client, configuration);
    events = new KubernetesEvents(client, configuration.node(), configuration.pod());
    loop.setRemoveOnCancelPolicy(true);
    loop.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    heartbeat = new Heartbeat(datapath, configuration.heartbeat());
    OwnerProcesses processes = new OwnerProcesses(configuration.proc());
    reconciler =
        new Reconciler(
            configuration, datapath, cluster, events, heartbeat, nodeAddresses, processes);
    metrics =
        new AgentMetrics(
            datapath,
            cluster,
            configuration.policyKinds(),
            reconciler::state,
            passes,
            heartbeat,
            processes);
    saving = new SavingMetrics(datapath, cost, metrics::status, metrics.registry());
    workloads =
        configuration.workloadPairs() == 0
            ? Optional.empty()
            : Optional.of(
                new WorkloadMetrics(
                    configuration.workloadPairs(),
                    configuration.node(),
                    datapath,
                    reconciler::state,
                    metrics.registry()));
    pages =
        new AgentPages(
            configuration, reconciler::state, () -> alive, cluster, this::passAtOnce, metrics);
  }

  private static KubernetesClient client() {
    return new KubernetesClientBuilder()
        .withConfig(ClusterConfig.find(0)) // whoever asks tries again
        .withKubernetesSerialization(KubernetesCluster.serialization())
        .build();
  }

  /** Follows the cluster until it is closed. */
  @SuppressWarnings("FutureReturnValueIgnored") // attempt() sees to what fails
  public void run() {
    LOG.info(
        "starting node={} mode={} listen={} probes={}",
        configuration.node(),
        configuration.selectionMode(),
        measured,
        probed);
    measured.serve("/metrics", pages::measurements).start();
    probed
        .serve("/healthz", pages::health)
        .serve("/readyz", pages::readiness)
        .serve("/pods", pages::pods)
        .start();
    cluster.follow(this::changed);
    told.ifPresent(of -> of.accept("/pods", pages::start).start());
    check.start(); // its end begins a pass, which needs the cluster
    long resync = configuration.resync().toMillis();
    long beat = heartbeat.interval().toMillis();
    loop.scheduleWithFixedDelay(() -> pass(this::resync), 0, resync, TimeUnit.MILLISECONDS);
    loop.scheduleWithFixedDelay(() -> attempt(this::beat), beat, beat, TimeUnit.MILLISECONDS);
    saving.start();
    workloads.ifPresent(WorkloadMetrics::start);
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
    cluster.lookForKinds();
    reconciler.fullPass();
  }

  /** Has the loop heed the check of the kernel. */
  private void heed(Admission admission) {
    loop.execute(
        () ->
            pass(
                () -> {
                  reconciler.admit(admission);
                  reconciler.fullPass();
                }));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // attempt() sees to what fails
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

  /**
   * Has a pass begin before any that gathers changes: a pod waits for it. All that wait for one
   * that has not begun wait for the same.
   *
   * @return is completed when the pass is over
   */
  private CompletableFuture<Void> passAtOnce() {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    CompletableFuture<Void> before = atOnce.compareAndExchange(null, mine);
    if (before != null) {
      return before;
    }
    loop.execute(
        () -> {
          atOnce.set(null); // before the pass: who comes during it needs another
          pass(reconciler::pass);
          mine.complete(null);
        });
    return mine;
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

  /** A pod that starts can show its addresses after its last change, or never show itself. */
  private void lookAgain() {
    look.cancel(false);
    OptionalLong delay =
        Stream.of(reconciler.nextLook(), cluster.startingPods().nextEnd())
            .flatMapToLong(OptionalLong::stream)
            .min();
    if (delay.isPresent() && !closing.get()) {
      look = loop.schedule(this::changed, delay.getAsLong(), TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return; // a signal came while it was ending
    }
    LOG.info("stopping; the datapath stays, new connections join until the heartbeat runs out");
    measured.close();
    probed.close();
    told.ifPresent(HttpEndpoint::close);
    check.close(); // it puts its results into the loop
    loop.shutdown();
    try {
      loop.awaitTermination(END.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    saving.close();
    workloads.ifPresent(WorkloadMetrics::close);
    janitor.ifPresent(Janitor::close);
    cluster.close();
    events.close();
    metrics.close();
    datapath.close();
    closed.countDown();
  }
}
