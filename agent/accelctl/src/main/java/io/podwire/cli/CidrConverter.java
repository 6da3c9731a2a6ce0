package io.podwire.cli;

import io.podwire.datapath.Prefix;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a network of pods from the command line. */
final class CidrConverter implements ITypeConverter<Prefix> {

  @Override
  public Prefix convert(String text) {
    return NoPodRange.refuse(parse(text), text);
  }

  /** Any network, written by its first address. */
  static Prefix parse(String text) {
    try {
      Prefix network = Prefix.cidr(text);
      if (!host(network.toString()).equals(host(text))) {
        throw new TypeConversionException(
            text + " has host bits: its network is " + network + ", write that if you mean it");
      }
      return network;
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  private static Prefix host(String cidr) {
    return Prefix.address(cidr.replaceFirst("/.*", ""));
  }
}
