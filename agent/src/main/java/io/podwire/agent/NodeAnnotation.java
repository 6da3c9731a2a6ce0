package io.podwire.agent;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Locale;

/** The switch of a node that admins reach from anywhere: the annotation that its agent follows. */
public final class NodeAnnotation {

  private NodeAnnotation() {}

  /**
   * Sets it, with the credentials of the kubeconfig.
   *
   * @throws AgentException where the API server cannot be asked, or refuses
   */
  public static void set(String node, boolean enabled) {
    Wish wish = enabled ? Wish.ENABLED : Wish.DISABLED;
    String patch =
        "{\"metadata\":{\"annotations\":{\"%s\":\"%s\"}}}"
            .formatted(Wish.KEY, wish.name().toLowerCase(Locale.ROOT));
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      client.nodes().withName(node).patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    } catch (KubernetesClientException e) {
      throw new AgentException(
          switch (e.getCode()) {
            case 404 -> "there is no node " + node + ": see kubectl get nodes";
            case 403 -> "not allowed to patch node " + node + ": use an admin's kubeconfig";
            default ->
                "cannot set the annotation of node "
                    + node
                    + ": "
                    + root(e)
                    + ": is KUBECONFIG right?";
          },
          e);
    }
  }

  private static String root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
