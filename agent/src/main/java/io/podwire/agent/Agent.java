package io.podwire.agent;

import com.sun.net.httpserver.HttpExchange;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.Janitor;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
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
  private final HttpEndpoint endpoint;
  private final ScheduledExecutorService loop =
      Executors.newSingleThreadScheduledExecutor(work -> new Thread(work, "reconcile"));
  private final AtomicBoolean pending = new AtomicBoolean();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile long alive = System.nanoTime();
  private volatile long rested = System.nanoTime();

  /**
   * Wires an agent; nothing is touched before {@link #run}.
   *
   * @param datapath is closed with this
   * @param admission may take a minute, if the kernel was never checked
   * @param nodeAddresses the addresses of the node
   * @throws AgentException where it cannot listen
   */
  public Agent(
      AgentConfiguration configuration,
      Datapath datapath,
      Supplier<Admission> admission,
      Supplier<Set<InetAddress>> nodeAddresses) {
    this.configuration = configuration;
    this.datapath = datapath;
    this.admission = admission;
    endpoint = HttpEndpoint.at(configuration.listen());
    KubernetesClient client = client();
    cluster = new KubernetesCluster(client, configuration);
    events = new KubernetesEvents(client, configuration.node());
    heartbeat = new Heartbeat(datapath, configuration.heartbeat());
    reconciler = new Reconciler(configuration, datapath, cluster, events, heartbeat, nodeAddresses);
    metrics = new AgentMetrics(datapath, cluster, reconciler::state, passes, heartbeat);
  }

  private static KubernetesClient client() {
    Config config =
        new ConfigBuilder(Config.autoConfigure(null))
            .withRequestRetryBackoffLimit(0) // whoever asks tries again
            .build();
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withKubernetesSerialization(KubernetesCluster.serialization())
        .build();
  }

  /**
   * Follows the cluster until it is closed.
   *
   * @throws io.podwire.datapath.DatapathException where this machine can run no datapath
   */
  public void run() {
    datapath.require();
    LOG.info(
        "starting node={} mode={} listen={}:{}",
        configuration.node(),
        configuration.mode(),
        configuration.listen().getHostString(),
        configuration.listen().getPort());
    endpoint
        .serve("/metrics", x -> new HttpEndpoint.Answer(200, PROMETHEUS, metrics.scrape()))
        .serve("/healthz", x -> health())
        .serve("/readyz", x -> readiness())
        .serve("/pods", this::pods)
        .start();
    Thread check = new Thread(this::check, "check");
    check.setDaemon(true);
    cluster.follow(this::changed);
    check.start(); // its end begins a pass, which needs the cluster
    long resync = configuration.resync().toMillis();
    long beat = heartbeat.interval().toMillis();
    loop.scheduleWithFixedDelay(() -> pass(this::resync), 0, resync, TimeUnit.MILLISECONDS);
    loop.scheduleWithFixedDelay(() -> pass(reconciler::beat), beat, beat, TimeUnit.MILLISECONDS);
    try (Janitor janitor = Janitor.of(datapath)) {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void resync() {
    cluster.lookForSpiderpool();
    reconciler.fullPass();
  }

  private void check() {
    Admission result = admission();
    if (closing.get()) {
      return;
    }
    loop.execute(
        () ->
            pass(
                () -> {
                  reconciler.admit(result);
                  reconciler.fullPass();
                }));
  }

  private Admission admission() {
    try {
      return admission.get();
    } catch (RuntimeException e) {
      return Admission.refused("the kernel cannot be checked: " + e.getMessage());
    }
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
    long begin = System.nanoTime();
    try {
      work.run();
      passes.passed(System.nanoTime() - begin);
    } catch (RuntimeException e) {
      passes.failed();
      LOG.error("pass failed reason=\"{}\"", e.getMessage() == null ? e : e.getMessage());
      reconciler.failed("reconciling failed: " + e.getMessage());
    }
    alive = System.nanoTime();
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
    return reconciler
        .state()
        .obstacle()
        .map(HttpEndpoint.Answer::unavailable)
        .orElseGet(() -> HttpEndpoint.Answer.ok("ok"));
  }

  private HttpEndpoint.Answer pods(HttpExchange exchange) {
    if (!exchange.getRemoteAddress().getAddress().isLoopbackAddress()) {
      return new HttpEndpoint.Answer(403, "text/plain", "only for this host\n");
    }
    return new HttpEndpoint.Answer(
        200, "application/json", PodsDocument.of(configuration.node(), reconciler.state()).json());
  }

  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return; // a signal came while it was ending
    }
    LOG.info("stopping; the datapath stays, new connections join until the heartbeat runs out");
    endpoint.close();
    cluster.close();
    events.close();
    loop.shutdown();
    try {
      loop.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    metrics.close();
    datapath.close();
    closed.countDown();
  }
}
