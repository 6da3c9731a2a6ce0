package io.podwire.testbed;

/**
 * The testbed could not be made, or a program in it failed; the message is one line for an
 * operator: what failed, on what, why, what to do.
 */
public final class TestbedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public TestbedException(String message) {
    super(message);
  }

  public TestbedException(String message, Throwable cause) {
    super(message, cause);
  }
}
