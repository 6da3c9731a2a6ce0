package io.podwire.cluster;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podwire.agent.ApiFailure;

/**
 * Something in the cluster is not as it has to be; the message is one line for an operator: what
 * failed, on what, why, what to do.
 */
public final class ClusterException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public ClusterException(String message) {
    super(message);
  }

  public ClusterException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Of a request that the API server refused or did not answer. */
  public static ClusterException of(KubernetesClientException failure) {
    return new ClusterException(ApiFailure.why(failure), failure);
  }
}
