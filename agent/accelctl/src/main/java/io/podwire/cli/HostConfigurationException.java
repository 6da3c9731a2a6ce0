package io.podwire.cli;

/** What a host is to restore cannot be read, is wrong, or cannot be written. */
final class HostConfigurationException extends RuntimeException {

  private static final long serialVersionUID = 1;

  HostConfigurationException(String message) {
    super(message);
  }
}
