package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.podwire.datapath.Counter;
import io.podwire.testbed.Testbed;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Whether the first connection of a pod joins, by who tells the agent of the pod's address first:
 * 100 pods that start at the same moment and connect at once. docs/operations.md has what was
 * measured.
 */
final class FirstConnectionsIT extends RunningAgent {

  private static final int PODS = 100;

  /** Milliseconds from when a pod's network is made to its first connection. */
  private static final List<Integer> DELAYS =
      Stream.of(System.getProperty("podwire.first.delays", "0").split(","))
          .map(Integer::valueOf)
          .toList();

  /** From a container's start until the kubelet has written its pod's addresses. */
  private static final Duration KUBELET = Duration.ofSeconds(1);

  /** The longest run of the plugin so far, its start included, ns. */
  private final AtomicLong slowestPlugin = new AtomicLong();

  /** Who tells of a pod's address when its network is made. */
  private enum Sign {
    /** Nobody: the kubelet does when the pod runs. */
    POD_OBJECT,
    /** Spiderpool writes it. */
    SPIDER_ENDPOINT,
    /** The CNI plugin tells the agent, and the pod waits for that. */
    CNI_PLUGIN
  }

  @Override
  Testbed testbed() {
    return Testbed.open(
        Stream.concat(
                Stream.of("client", "server"), IntStream.range(0, PODS).mapToObj(n -> "pod-" + n))
            .toArray(String[]::new));
  }

  @Test
  void withTheCniPluginEveryPodsFirstConnectionJoins() throws Exception {
    api.objects().define(SpiderEndpoint.KIND);
    start("--cni-socket", plugin().socket());
    createPod(server);
    await().until(() -> datapath.status().selected() == server.addresses().size());
    opened.add(HeldFlows.serve(server, server.ipv4(), PORT));
    List<String> table = new ArrayList<>();
    for (Sign sign : Sign.values()) {
      for (int delay : DELAYS) {
        long joined = joined(sign, Duration.ofMillis(delay));
        table.add("%s after %d ms: %d of %d".formatted(sign, delay, joined, PODS));
        if (sign == Sign.CNI_PLUGIN) {
          assertThat(joined).as("after %d ms: %s", delay, table).isEqualTo(PODS);
        }
        if (sign == Sign.POD_OBJECT && delay == 0) {
          assertThat(joined).as("the kubelet is later").isZero();
        }
      }
    }
    table.add("slowest run of the plugin: %d ms".formatted(slowestPlugin.get() / 1_000_000));
    sample("first-connections", String.join("\n", table) + "\n");
  }

  /**
   * How many first connections joined.
   *
   * @param delay from when a pod's network is made to its first connection
   */
  private long joined(Sign sign, Duration delay) throws Exception {
    ExecutorService pods = Executors.newCachedThreadPool();
    List<HeldFlows> prepared = new ArrayList<>();
    long before = count(Counter.COMPLETED);
    try {
      List<Future<?>> started = new ArrayList<>();
      List<Pod> objects = new ArrayList<>();
      for (int n = 0; n < PODS; n++) {
        objects.add(api.createPodWithoutAddress("pod-" + n));
        prepared.add(HeldFlows.prepare(bed.pod("pod-" + n), server.ipv4(), PORT));
      }
      for (int n = 0; n < PODS; n++) {
        Pod pod = objects.get(n);
        HeldFlows application = prepared.get(n);
        started.add(
            pods.submit(
                () -> {
                  makeNetwork(sign, pod, bed.pod(pod.getMetadata().getName()).ipv4());
                  Thread.sleep(delay.toMillis());
                  application.connect();
                  return null;
                }));
        // not before its container has started
        pods.submit(
            () -> {
              Thread.sleep(KUBELET.toMillis());
              api.addressPod(
                  pod.getMetadata().getName(), bed.pod(pod.getMetadata().getName()).ipv4());
              return null;
            });
      }
      for (Future<?> one : started) {
        one.get(60, TimeUnit.SECONDS);
      }
      return count(Counter.COMPLETED) - before;
    } finally {
      pods.shutdown();
      assertThat(pods.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
      prepared.forEach(HeldFlows::close);
      for (int n = 0; n < PODS; n++) {
        api.deletePod("pod-" + n);
        if (sign == Sign.SPIDER_ENDPOINT) {
          SpiderEndpoint.delete(api, "pod-" + n);
        }
      }
      await().until(() -> datapath.status().selected() == server.addresses().size());
    }
  }

  private void makeNetwork(Sign sign, Pod pod, InetAddress address) {
    String name = pod.getMetadata().getName();
    String uid = pod.getMetadata().getUid();
    switch (sign) {
      case POD_OBJECT -> {}
      case SPIDER_ENDPOINT ->
          SpiderEndpoint.create(api, name, uid, ApiServer.NODE, address.getHostAddress());
      case CNI_PLUGIN -> {
        long begin = System.nanoTime();
        assertThat(plugin().add(name, uid, address)).isEmpty();
        slowestPlugin.accumulateAndGet(System.nanoTime() - begin, Math::max);
      }
    }
  }

  private CniPlugin plugin() {
    return new CniPlugin(directory.resolve("cni.sock").toString());
  }
}
