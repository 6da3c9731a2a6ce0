package io.podwire.cli;

/** Something that the operator has to accept first; the message says what, and how. */
final class ConsentException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ConsentException(String message) {
    super(message);
  }
}
