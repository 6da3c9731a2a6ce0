package io.podwire.bench;

/**
 * The bench cannot go on; the message is one line for an operator: what failed, on what, why, what
 * to do.
 */
public final class BenchException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public BenchException(String message) {
    super(message);
  }

  public BenchException(String message, Throwable cause) {
    super(message, cause);
  }
}
