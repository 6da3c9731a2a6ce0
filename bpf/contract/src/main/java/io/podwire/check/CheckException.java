package io.podwire.check;

/** A check that could not be made; the message is one line, for operators. */
public final class CheckException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  CheckException(String message) {
    super(message);
  }

  CheckException(String message, Throwable cause) {
    super(message, cause);
  }
}
