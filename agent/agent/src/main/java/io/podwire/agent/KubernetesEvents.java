package io.podwire.agent;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events on the Node, in the namespace {@code default} as the kubelet's are; and those that warn
 * also on the Pod of the agent, since that is where people look whose Pod is not ready.
 */
final class KubernetesEvents implements NodeEvents, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(KubernetesEvents.class);
  private static final String NAMESPACE = "default";
  private static final int WAITING = 16;

  private final KubernetesClient client;
  private final String node;
  private final Optional<PodName> pod;

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

  KubernetesEvents(KubernetesClient client, String node, Optional<PodName> pod) {
    this.client = client;
    this.node = node;
    this.pod = pod;
    writer.allowCoreThreadTimeOut(true);
  }

  @Override
  public void tell(Reason reason, String message) {
    writer.execute(() -> write(reason, message, this::ofTheNode));
    if (reason.isWarning()) {
      pod.ifPresent(own -> writer.execute(() -> write(reason, message, () -> of(own))));
    }
  }

  private ObjectReference ofTheNode() {
    return new ObjectReferenceBuilder()
        .withKind("Node")
        .withName(node)
        .withUid(node) // as the kubelet writes it, and kubectl describe looks for it
        .build();
  }

  /** A reference to a Pod with its uid, which kubectl describe looks for. */
  private ObjectReference of(PodName own) {
    Pod found = client.pods().inNamespace(own.namespace()).withName(own.name()).get();
    return new ObjectReferenceBuilder()
        .withApiVersion("v1")
        .withKind("Pod")
        .withNamespace(own.namespace())
        .withName(own.name())
        .withUid(found == null ? null : found.getMetadata().getUid())
        .build();
  }

  private void write(Reason reason, String message, Supplier<ObjectReference> about) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    try {
      ObjectReference object = about.get();
      String namespace = Optional.ofNullable(object.getNamespace()).orElse(NAMESPACE);
      client
          .v1()
          .events()
          .inNamespace(namespace)
          .resource(
              new EventBuilder()
                  .withNewMetadata()
                  .withName(object.getName() + "." + Long.toHexString(System.nanoTime()))
                  .withNamespace(namespace)
                  .endMetadata()
                  .withInvolvedObject(object)
                  .withReason(reason.name())
                  .withMessage(message)
                  .withType(reason.type())
                  .withFirstTimestamp(now)
                  .withLastTimestamp(now)
                  .withCount(1)
                  .withNewSource(SOURCE, node)
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
