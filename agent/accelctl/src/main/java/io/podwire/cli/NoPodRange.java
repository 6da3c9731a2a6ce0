package io.podwire.cli;

import io.podwire.datapath.Prefix;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.TypeConversionException;

/** Addresses at which no pod reaches another: whoever names one meant something else. */
enum NoPodRange {
  UNSPECIFIED("0.0.0.0/8", "::/128"),
  LOOPBACK("127.0.0.0/8", "::1/128"),
  LINK_LOCAL("169.254.0.0/16", "fe80::/10"),
  MULTICAST("224.0.0.0/4", "ff00::/8"),
  BROADCAST("255.255.255.255/32");

  private final List<Prefix> networks;

  NoPodRange(String... networks) {
    this.networks = Stream.of(networks).map(Prefix::cidr).toList();
  }

  /**
   * Returns the prefix.
   *
   * @param text how it was written
   * @throws TypeConversionException where it lies in one of these ranges
   */
  static Prefix refuse(Prefix prefix, String text) {
    for (NoPodRange range : values()) {
      if (range.networks.stream().anyMatch(network -> network.contains(prefix))) {
        throw new TypeConversionException(
            "%s is %s: name an address or a network at which pods reach each other"
                .formatted(text, range.name().toLowerCase(Locale.ROOT).replace('_', '-')));
      }
    }
    return prefix;
  }
}
