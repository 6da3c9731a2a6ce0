package io.podwire.agent;

/** The agent cannot do what it was asked to; the message is one line for operators. */
public final class AgentException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public AgentException(String message) {
    super(message);
  }

  public AgentException(String message, Throwable cause) {
    super(message, cause);
  }
}
