package io.podwire.bench.tool;

import io.podwire.testbed.Ends;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * What a server listens on, or a client connects to.
 *
 * @param address IPv4 or IPv6
 * @param port 1 to 65,535
 */
public record Endpoint(InetAddress address, int port) {

  /** What the server of these ends listens on. */
  public static Endpoint listen(Ends ends, int port) {
    return new Endpoint(ends.listen(), port);
  }

  /** What the client of these ends connects to. */
  public static Endpoint connect(Ends ends, int port) {
    return new Endpoint(ends.connect(), port);
  }

  /** The address as programs take it beside the port. */
  public String host() {
    return address.getHostAddress();
  }

  /** Address and port, as in a URL: {@code 10.0.0.1:80}, {@code [fd00:0:0:0:0:0:0:1]:80}. */
  @Override
  public String toString() {
    return (address instanceof Inet6Address ? "[" + host() + "]" : host()) + ":" + port;
  }
}
