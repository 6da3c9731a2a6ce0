package io.podwire.clusterbench;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podwire.bench.BenchException;

/** An error of the API server, in words for operators. */
final class ApiFailure {

  private ApiFailure() {}

  static BenchException of(KubernetesClientException failure) {
    return new BenchException(why(failure), failure);
  }

  static String why(KubernetesClientException failure) {
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
