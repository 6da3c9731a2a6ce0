package io.podwire.cli;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;
import java.util.stream.Collectors;

/** The addresses that masqueraded connections of local pods can come from. */
final class NodeAddresses {

  private NodeAddresses() {}

  /**
   * The addresses of every interface in this process's network namespace, but for loopback and
   * link-local ones, which no connection of another namespace comes from.
   */
  static Set<InetAddress> ofThisNamespace() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .collect(Collectors.toSet());
    } catch (SocketException e) {
      throw new IllegalStateException("cannot read the interfaces: " + e.getMessage(), e);
    }
  }
}
