package io.podwire.bench.run;

import io.podwire.bench.model.Link;
import io.podwire.testbed.Family;
import io.podwire.testbed.Network;
import io.podwire.testbed.Target;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;

/** How much to measure. */
public enum Profile {
  /** The headline alone. */
  QUICK(10),
  /** The headline, the links that matter most with every workload, and the costs. */
  STANDARD(6),
  /** The headline, every link with every workload, and the costs. */
  FULL(12);

  private final int pairs;

  Profile(int pairs) {
    this.pairs = pairs;
  }

  /** Pairs of rounds of each comparison where nobody says how many. */
  public int pairs() {
    return pairs;
  }

  /** The rows of its table; none where it has no table. */
  public List<Link> links() {
    return switch (this) {
      case QUICK -> List.of();
      case STANDARD -> standard();
      case FULL -> full();
    };
  }

  private static List<Link> standard() {
    List<Link> links = new ArrayList<>();
    for (Network network : Network.testbeds()) {
      links.add(new Link(network, Target.POD_IP, Family.IPV4));
      if (network == Network.MACVLAN || network == Network.VETH_IPTABLES) {
        links.add(new Link(network, Target.SERVICE, Family.IPV4));
        links.add(new Link(network, Target.SERVICE_MASQUERADED, Family.IPV4));
      }
      if (network == Network.MACVLAN) {
        links.add(new Link(network, Target.POD_IP, Family.IPV6));
      }
    }
    return links;
  }

  private static List<Link> full() {
    List<Link> links = new ArrayList<>();
    for (Network network : EnumSet.complementOf(EnumSet.of(Network.CLUSTER))) {
      for (Family family : Family.values()) {
        for (Target target : Target.values()) {
          links.add(new Link(network, target, family));
        }
      }
    }
    return links;
  }

  /** The value of {@code --profile}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
