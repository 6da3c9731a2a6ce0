package io.podwire.cluster;

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
}
