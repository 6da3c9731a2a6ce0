package io.podwire.cli;

import io.podwire.datapath.Prefix;
import picocli.CommandLine.ITypeConverter;

/** Reads an address or a network from the command line. */
final class PrefixConverter implements ITypeConverter<Prefix> {

  @Override
  public Prefix convert(String text) {
    return text.indexOf('/') < 0
        ? new AddressConverter().convert(text)
        : new CidrConverter().convert(text);
  }
}
