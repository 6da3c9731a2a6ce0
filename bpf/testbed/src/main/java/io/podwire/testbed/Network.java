package io.podwire.testbed;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What lies between two pods of one node: the rows of the published tables.
 *
 * <p>What each is made of is in {@code layouts.sh}, and its rules in {@code rules.sh}.
 */
public enum Network {
  /** Two macvlans (bridge mode) of one parent. Services go through the node, over a veth. */
  MACVLAN("macvlan, same subnet"),
  /** Two macvlans of two parents, and a router behind those. Services go through the node. */
  MACVLAN_ROUTED("macvlan, across subnets"),
  /** Two veths on a bridge of the node, whose iptables see what it bridges, with kube-proxy's. */
  VETH_BRIDGE("veth, bridge"),
  /** Two veths that the node routes, with the iptables of kube-proxy and Calico. */
  VETH_IPTABLES("veth, routed, iptables"),
  /** Two veths, and a program that takes packets from one into the other's pod: Cilium's way. */
  VETH_REDIRECT("veth, bpf_redirect_peer"),
  /** Both ends on the node, at its own address. */
  LOOPBACK("loopback of the node"),
  /** Whatever a cluster has: no testbed makes it. */
  CLUSTER("the cluster's network");

  private final String title;

  Network(String title) {
    this.title = title;
  }

  /** The networks that a testbed makes. */
  public static List<Network> testbeds() {
    return Stream.of(values()).filter(network -> network != CLUSTER).toList();
  }

  /** The network for people. */
  public String title() {
    return title;
  }

  /** The network in JSON: lower case, with dashes. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
