package io.podwire.cli;

/** The CNI plugin cannot be installed or taken out. */
final class CniException extends RuntimeException {

  private static final long serialVersionUID = 1;

  CniException(String message) {
    super(message);
  }
}
