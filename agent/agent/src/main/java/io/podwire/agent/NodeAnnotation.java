package io.podwire.agent;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;

/** The switch of a node that admins reach from anywhere: the annotation that its agent follows. */
public final class NodeAnnotation {

  /** The key of the annotation. */
  public static final String KEY = AccelerationAnnotation.KEY;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What is to be changed of a Node. */
  private record Patch(Metadata metadata) {}

  private record Metadata(Map<String, String> annotations) {}

  private final KubernetesClient client;
  private final String node;

  /**
   * @param client is not closed with this, which holds nothing
   */
  public NodeAnnotation(KubernetesClient client, String node) {
    this.client = client;
    this.node = node;
  }

  /**
   * Sets the annotation of a Node, with the credentials of the kubeconfig.
   *
   * @throws AgentException where the API server cannot be asked, or refuses
   */
  public static void set(String node, boolean enabled) {
    try (KubernetesClient client = ClusterClient.open()) {
      new NodeAnnotation(client, node).set(enabled);
    }
  }

  /**
   * Removes the annotation of a Node, with the credentials of the kubeconfig.
   *
   * @throws AgentException where the API server cannot be asked, or refuses
   */
  public static void remove(String node) {
    try (KubernetesClient client = ClusterClient.open()) {
      new NodeAnnotation(client, node).set(Optional.empty());
    }
  }

  /**
   * What the annotation says, whether or not that means anything; empty where it is not there.
   *
   * @throws AgentException where the API server cannot be asked, or knows no such node
   */
  public Optional<String> value() {
    try {
      Node object = client.nodes().withName(node).get();
      if (object == null) {
        throw noNode(null);
      }
      Map<String, String> annotations = object.getMetadata().getAnnotations();
      return annotations == null
          ? Optional.empty()
          : Optional.ofNullable(annotations.get(AccelerationAnnotation.KEY));
    } catch (KubernetesClientException e) {
      throw failure("read", e);
    }
  }

  /**
   * Lets new connections join, or no more.
   *
   * @throws AgentException where the API server cannot be asked, or refuses
   */
  public void set(boolean enabled) {
    AccelerationAnnotation annotation =
        enabled ? AccelerationAnnotation.ENABLED : AccelerationAnnotation.DISABLED;
    set(Optional.of(annotation.name().toLowerCase(Locale.ROOT)));
  }

  /**
   * Makes the annotation say what {@link #value} said, or removes it.
   *
   * @throws AgentException where the API server cannot be asked, or refuses
   */
  public void set(Optional<String> value) {
    try {
      client.nodes().withName(node).patch(PatchContext.of(PatchType.JSON_MERGE), patch(value));
    } catch (KubernetesClientException e) {
      throw failure("patch", e);
    }
  }

  /** A merge patch, in which null removes. */
  static String patch(Optional<String> value) {
    Map<String, String> annotations =
        Collections.singletonMap(AccelerationAnnotation.KEY, value.orElse(null));
    try {
      return JSON.writeValueAsString(new Patch(new Metadata(annotations)));
    } catch (JacksonException e) {
      throw new IllegalStateException("a patch is a tree of records", e);
    }
  }

  private AgentException failure(String verb, KubernetesClientException e) {
    return switch (e.getCode()) {
      case 404 -> noNode(e);
      case 403 ->
          new AgentException(
              "not allowed to " + verb + " node " + node + ": use an admin's kubeconfig", e);
      default ->
          new AgentException(
              "cannot "
                  + verb
                  + " the annotation of node "
                  + node
                  + " at "
                  + client.getMasterUrl()
                  + ": "
                  + ApiFailure.why(e),
              e);
    };
  }

  private AgentException noNode(Throwable cause) {
    return new AgentException("there is no node " + node + ": see kubectl get nodes", cause);
  }
}
