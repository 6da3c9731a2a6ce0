package io.podwire.bench.model;

import io.podwire.testbed.Family;
import io.podwire.testbed.Network;
import io.podwire.testbed.Target;

/**
 * A row of the table.
 *
 * @param network what lies between the two ends
 * @param target what the client connects to
 * @param family of the addresses
 */
public record Link(Network network, Target target, Family family) {

  /** The link for people, such as {@code macvlan, same subnet; pod IP, IPv4}. */
  public String title() {
    return network.title() + "; " + target.title() + ", " + family.title();
  }

  /** The link for {@code report.json}, such as {@code macvlan/pod-ip/ipv4}. */
  @Override
  public String toString() {
    return network + "/" + target + "/" + family;
  }
}
