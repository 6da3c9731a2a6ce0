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
  /** Spiderpool's pods: each two macvlans of two parents, and a veth to the node for Services. */
  SPIDERPOOL_MACVLAN("Spiderpool, macvlan"),
  /** The same, where both parents are VLANs. */
  SPIDERPOOL_VLAN("Spiderpool, macvlan, VLAN"),
  /** The same with two IPvlans, which the parents' layer 2 connects. */
  SPIDERPOOL_IPVLAN_L2("Spiderpool, IPvlan L2"),
  /** The same, which the parents route. */
  SPIDERPOOL_IPVLAN_L3("Spiderpool, IPvlan L3"),
  /** Whatever a cluster has: no testbed makes it. */
  CLUSTER("the cluster's network");

  private final String title;

  Network(String title) {
    this.title = title;
  }

  /** The networks that a testbed makes on every kernel. */
  public static List<Network> testbeds() {
    return Stream.of(values())
        .filter(network -> network != CLUSTER && !spiderpool().contains(network))
        .toList();
  }

  /**
   * Those of Spiderpool's pods. All but the first need a kernel that has VLANs or IPvlans, which is
   * seen when a testbed is made.
   */
  public static List<Network> spiderpool() {
    return List.of(SPIDERPOOL_MACVLAN, SPIDERPOOL_VLAN, SPIDERPOOL_IPVLAN_L2, SPIDERPOOL_IPVLAN_L3);
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
