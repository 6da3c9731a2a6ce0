package io.podwire.agent;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** An error of the API server, in words for operators. */
public final class ApiFailure {

  private ApiFailure() {}

  /** What is wrong, and what somebody with a kubeconfig can do about it. */
  public static String why(KubernetesClientException failure) {
    if (failure.getStatus() == null) {
      return what(failure) + ": is KUBECONFIG right?";
    }
    return isForbidden(failure) ? what(failure) + ": use an admin's kubeconfig" : what(failure);
  }

  /** What is wrong. */
  public static String what(KubernetesClientException failure) {
    Status status = failure.getStatus();
    if (status == null) { // what a server says comes with one
      return "the API server does not answer: " + RootCause.messageOf(failure);
    }
    String said =
        status.getMessage() == null
            ? RootCause.messageOf(failure)
            : OneLine.of(status.getMessage());
    return (isForbidden(failure) ? "not allowed: " : "the API server refuses: ") + said;
  }

  private static boolean isForbidden(KubernetesClientException failure) {
    return failure.getCode() == 401 || failure.getCode() == 403;
  }
}
