package io.podwire.bench.testbed;

/**
 * The testbed could not be made, or a command in it failed; the message says what failed and what
 * to do.
 */
public final class TestbedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  TestbedException(String message) {
    super(message);
  }

  TestbedException(String message, Throwable cause) {
    super(message, cause);
  }
}
