package io.podwire.cluster;

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
    String said =
        failure.getStatus() == null || failure.getStatus().getMessage() == null
            ? root(failure)
            : failure.getStatus().getMessage();
    return switch (failure.getCode()) {
      case 401, 403 -> "not allowed: " + said + ": use an admin's kubeconfig";
      case 0 -> "the API server does not answer: " + said + ": is KUBECONFIG right?";
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
