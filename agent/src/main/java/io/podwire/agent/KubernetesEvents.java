package io.podwire.agent;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Events on the Node, in the namespace {@code default} as the kubelet's are. */
final class KubernetesEvents implements NodeEvents, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(KubernetesEvents.class);
  private static final String NAMESPACE = "default";
  private static final int WAITING = 16;

  private final KubernetesClient client;
  private final String node;

  // One thread that ends when idle: reconciling must not wait for an API server. The oldest go.
  private final ThreadPoolExecutor writer =
      new ThreadPoolExecutor(
          1,
          1,
          1,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(WAITING),
          work -> {
            Thread thread = new Thread(work, "events");
            thread.setDaemon(true);
            return thread;
          },
          new ThreadPoolExecutor.DiscardOldestPolicy());

  KubernetesEvents(KubernetesClient client, String node) {
    this.client = client;
    this.node = node;
    writer.allowCoreThreadTimeOut(true);
  }

  @Override
  public void tell(Reason reason, String message) {
    writer.execute(() -> write(reason, message));
  }

  private void write(Reason reason, String message) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    try {
      client
          .v1()
          .events()
          .inNamespace(NAMESPACE)
          .resource(
              new EventBuilder()
                  .withNewMetadata()
                  .withName(node + "." + Long.toHexString(System.nanoTime()))
                  .withNamespace(NAMESPACE)
                  .endMetadata()
                  .withNewInvolvedObject()
                  .withKind("Node")
                  .withName(node)
                  .withUid(node) // as the kubelet writes it, and kubectl describe looks for it
                  .endInvolvedObject()
                  .withReason(reason.name())
                  .withMessage(message)
                  .withType(reason.type())
                  .withFirstTimestamp(now)
                  .withLastTimestamp(now)
                  .withCount(1)
                  .withNewSource("podwire-agent", node)
                  .withReportingComponent("podwire.io/agent")
                  .withReportingInstance(node)
                  .build())
          .create();
    } catch (KubernetesClientException e) {
      LOG.warn("event lost reason={} why=\"{}\"", reason, e.getMessage());
    }
  }

  @Override
  public void close() {
    writer.shutdownNow();
  }
}
