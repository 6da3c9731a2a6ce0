package io.podwire.cli;

import java.net.InetSocketAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 0.0.0.0:9464} or {@code [::]:9464}. */
final class ListenConverter implements ITypeConverter<InetSocketAddress> {

  /** Where an agent serves metrics, unless it is told otherwise. */
  static final String DEFAULT = "0.0.0.0:9464";

  /** Where an agent answers its own host. */
  static final String PROBES = "127.0.0.1:9465";

  @Override
  public InetSocketAddress convert(String text) {
    int colon = text.lastIndexOf(':');
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (colon > 0 && port >= 0 && port <= 65_535) {
        InetSocketAddress address = new InetSocketAddress(text.substring(0, colon), port);
        if (!address.isUnresolved()) {
          return address;
        }
      }
    } catch (NumberFormatException e) {
      // falls through
    }
    throw new TypeConversionException(
        text + " is no address to listen on: write ADDRESS:PORT, for example " + DEFAULT);
  }
}
