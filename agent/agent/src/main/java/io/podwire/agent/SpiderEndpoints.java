package io.podwire.agent;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The endpoints that Spiderpool has of a node's pods. Each is asked for by its name: a watch would
 * tell every node of the endpoints of all others.
 *
 * <p>Spiderpool writes an endpoint before its pod has an address. So a pod without one is asked for
 * again and again, ever less often, and every pod once more whenever it changes.
 */
final class SpiderEndpoints implements AutoCloseable {

  static final ResourceDefinitionContext KIND =
      KubernetesCluster.kind("spiderpool.spidernet.io", "v2beta1", "SpiderEndpoint", true);

  private static final Logger LOG = LoggerFactory.getLogger(SpiderEndpoints.class);

  private static final Duration FIRST_RETRY = Duration.ofMillis(100);
  private static final Duration LAST_RETRY = Duration.ofSeconds(60);

  /** Spiderpool names the endpoint of a virtual machine's pods after the machine, which stays. */
  private static final String VIRTUAL_MACHINE = "virtualmachineinstance/";

  private final KubernetesClient client;
  private final String node;
  private final Runnable changed;
  private final ScheduledExecutorService asking =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "spiderendpoints");
            thread.setDaemon(true);
            return thread;
          });

  /** The pods in the version that was asked for; by namespace/name, as all of these. */
  private final Map<String, PodFacts> pods = new HashMap<>();

  private final Map<String, SpiderEndpointFacts> found = new ConcurrentHashMap<>();

  /** Versions of pods that will be asked for again. */
  private final Set<PodFacts> awaited = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Why the last one could not be read; empty where it could. */
  private volatile Optional<String> problem = Optional.empty();

  /**
   * @param node of which endpoints are heeded
   * @param changed is run when an endpoint is found that is not as it was before
   */
  SpiderEndpoints(KubernetesClient client, String node, Runnable changed) {
    this.client = client;
    this.node = node;
    this.changed = changed;
  }

  /**
   * What was found so far, by namespace/name of the pod. Has those pods asked for that are new or
   * have changed, and forgets those that are gone.
   *
   * @param present all pods of the node
   */
  Map<String, SpiderEndpointFacts> of(Collection<PodFacts> present) {
    asking.execute(() -> follow(present));
    return Map.copyOf(found);
  }

  /** Asks for those again of which nothing was found. */
  void askAgain() {
    asking.execute(
        () ->
            pods.forEach(
                (name, pod) -> {
                  if (!found.containsKey(name) && !awaited.contains(pod)) {
                    ask(pod, FIRST_RETRY);
                  }
                }));
  }

  @SuppressWarnings("ReferenceEquality") // a version of a pod, of several that may be equal
  private void follow(Collection<PodFacts> present) {
    Map<String, PodFacts> now = new HashMap<>();
    present.stream()
        .filter(pod -> !pod.hostNetwork() && !pod.finished())
        .forEach(pod -> now.put(pod.toString(), pod));
    pods.keySet().retainAll(now.keySet());
    found.keySet().retainAll(now.keySet());
    now.forEach(
        (name, pod) -> {
          if (pods.put(name, pod) != pod) {
            ask(pod, FIRST_RETRY);
          }
        });
  }

  private void ask(PodFacts pod, Duration retry) {
    boolean mayCome = pod.addresses().isEmpty();
    try {
      Optional<SpiderEndpointFacts> read = read(pod);
      Optional<SpiderEndpointFacts> before =
          Optional.ofNullable(
              read.isPresent()
                  ? found.put(pod.toString(), read.get())
                  : found.remove(pod.toString()));
      problem = Optional.empty();
      mayCome &= read.isEmpty();
      if (!before.equals(read)) {
        changed.run();
      }
    } catch (KubernetesClientException e) {
      note("cannot read spiderendpoints: " + ApiFailure.what(e));
      mayCome |= e.getCode() == 0; // it did not answer; what refuses, refuses the next pod, too
    }
    if (mayCome) {
      awaited.add(pod);
      schedule(pod, retry);
    }
  }

  // ask() sees to what fails; a version of a pod, of several that may be equal
  @SuppressWarnings({"FutureReturnValueIgnored", "ReferenceEquality"})
  private void schedule(PodFacts pod, Duration after) {
    Duration twice = after.multipliedBy(2);
    asking.schedule(
        () -> {
          awaited.remove(pod);
          if (pods.get(pod.toString()) == pod) {
            ask(pod, twice.compareTo(LAST_RETRY) < 0 ? twice : LAST_RETRY);
          }
        },
        after.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  private void note(String why) {
    if (!problem.equals(Optional.of(why))) {
      LOG.warn("asking failed reason=\"{}\"; trying again", why);
    }
    problem = Optional.of(why);
  }

  private Optional<SpiderEndpointFacts> read(PodFacts pod) {
    String name =
        pod.workload().startsWith(VIRTUAL_MACHINE)
            ? pod.workload().substring(VIRTUAL_MACHINE.length())
            : pod.name();
    GenericKubernetesResource endpoint =
        client.genericKubernetesResources(KIND).inNamespace(pod.namespace()).withName(name).get();
    return Optional.ofNullable(endpoint)
        .flatMap(object -> PodAddresses.of(object, node))
        .filter(of -> of.uid().equals(pod.uid())); // or of the pod before it, of the same name
  }

  /** Whether endpoints can be read. */
  boolean areRead() {
    return problem.isEmpty();
  }

  @Override
  public void close() {
    asking.shutdownNow();
  }
}
