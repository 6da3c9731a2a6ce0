package io.podwire.agent;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;

/** The API server, for who works on a cluster by the command line. */
public final class ClusterClient {

  /** How often a request is repeated that the API server does not answer: within a second. */
  private static final int RETRIES = 3;

  private ClusterClient() {}

  /**
   * Finds it as {@code kubectl} does; nothing is asked yet.
   *
   * @return a client, which the caller closes
   * @throws AgentException where no cluster is found
   */
  public static KubernetesClient open() {
    return new KubernetesClientBuilder().withConfig(ClusterConfig.find(RETRIES)).build();
  }
}
