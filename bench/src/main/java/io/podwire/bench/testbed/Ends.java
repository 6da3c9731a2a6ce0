package io.podwire.bench.testbed;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * The two ends of a workload.
 *
 * @param server where it listens
 * @param client where it connects from
 * @param listen the address to listen on
 * @param connect the address to connect to: the same, or that of a Service; ports are the same
 */
public record Ends(Place server, Place client, InetAddress listen, InetAddress connect) {

  /** The addresses to select: all of both ends. */
  public List<InetAddress> selected() {
    return Stream.of(server, client)
        .flatMap(place -> place.addresses().stream())
        .distinct()
        .toList();
  }
}
