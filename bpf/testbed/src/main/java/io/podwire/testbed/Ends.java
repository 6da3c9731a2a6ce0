package io.podwire.testbed;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the two ends of a connection run and which addresses they use, with the same port number
 * for both.
 *
 * @param listen an address of the server
 * @param connect what the client connects to: that address, or that of a Service in front of it
 */
public record Ends(Place server, Place client, InetAddress listen, InetAddress connect) {

  /**
   * The addresses of both ends: the one that the server listens on, and the client's own of that
   * family.
   */
  public List<InetAddress> addresses() {
    InetAddress from = listen instanceof Inet4Address ? client.ipv4() : client.ipv6();
    return Stream.of(listen, from).distinct().toList();
  }
}
