package io.podwire.cluster;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** An error of the API server, in words for operators. */
public final class ApiFailure {

  private ApiFailure() {}

  /** The failure for who cannot go on. */
  public static ClusterException of(KubernetesClientException failure) {
    return new ClusterException(why(failure), failure);
  }

  /** What is wrong and what to do, without the line's beginning. */
  public static String why(KubernetesClientException failure) {
    Status status = failure.getStatus();
    if (status == null) { // what a server says comes with one
      return "the API server does not answer: " + root(failure) + ": is KUBECONFIG right?";
    }
    String said = status.getMessage() == null ? root(failure) : status.getMessage();
    return switch (failure.getCode()) {
      case 401, 403 -> "not allowed: " + said + ": use an admin's kubeconfig";
      default -> "the API server refuses: " + said;
    };
  }

  private static String root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
