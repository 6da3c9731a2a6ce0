package io.podwire.datapath;

/**
 * The datapath refuses or cannot do what was asked; the message is one line for an operator: what,
 * on what, why, what to do.
 */
public final class DatapathException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public DatapathException(String message) {
    super(message);
  }

  public DatapathException(String message, Throwable cause) {
    super(message, cause);
  }
}
