package io.podwire.bench.testbed;

import java.util.Locale;

/** What lies between the two ends. */
public enum Network {
  MACVLAN("macvlan, same subnet"),
  MACVLAN_ROUTED("macvlan, across subnets"),
  VETH_BRIDGE("veth and bridge"),
  VETH_IPTABLES("veth, routed, iptables"),
  VETH_REDIRECT("veth, bpf_redirect_peer"),
  LOOPBACK("host loopback");

  private final String title;

  Network(String title) {
    this.title = title;
  }

  /** For people. */
  public String title() {
    return title;
  }

  /** For {@code report.json}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
