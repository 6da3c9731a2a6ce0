package io.podwire.cli;

import io.podwire.datapath.Prefix;
import picocli.CommandLine.ITypeConverter;

/** Reads an address or a network of pods from the command line. */
final class PrefixConverter implements ITypeConverter<Prefix> {

  @Override
  public Prefix convert(String text) {
    return NoPodRange.refuse(parse(text), text);
  }

  /** Any address or network. */
  static Prefix parse(String text) {
    return text.indexOf('/') < 0 ? AddressConverter.parse(text) : CidrConverter.parse(text);
  }
}
