package io.podwire.sysdump;

/** An archive cannot be written; the message is one line for an operator. */
public final class SysdumpException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public SysdumpException(String message, Throwable cause) {
    super(message, cause);
  }
}
