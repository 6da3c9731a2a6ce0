package io.podwire.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podwire.agent.ApiFailure;
import io.podwire.agent.ClusterClient;
import io.podwire.datapath.Authority;
import io.podwire.datapath.State;
import java.util.Optional;

/** What was switched on a node itself, which its annotation does not override. */
public final class LocalSwitch {

  private LocalSwitch() {}

  /**
   * What somebody who changed the annotation has to know; asks {@code accelctl} in the container of
   * the node's agent.
   *
   * @return empty where no local switch holds
   */
  public static Optional<String> of(String node) {
    try (KubernetesClient client = ClusterClient.open()) {
      return of(NodeAgent.of(client, node).status());
    } catch (KubernetesClientException e) {
      return unknown(ApiFailure.why(e));
    } catch (ClusterException e) {
      return unknown(e.getMessage());
    }
  }

  private static Optional<String> unknown(String why) {
    return Optional.of("whether a switch on the node itself holds is not known: " + why);
  }

  static Optional<String> of(NodeStatus status) {
    return status.authority() == Authority.LOCAL
        ? Optional.of(
            "but it was switched "
                + (status.state() == State.ENABLED ? "on" : "off")
                + " on the node itself, which holds until accelctl auto there: kubectl exec into its agent's container")
        : Optional.empty();
  }
}
