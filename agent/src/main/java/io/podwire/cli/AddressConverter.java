package io.podwire.cli;

import io.podwire.datapath.Prefix;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an address from the command line. */
final class AddressConverter implements ITypeConverter<Prefix> {

  @Override
  public Prefix convert(String text) {
    try {
      return Prefix.address(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
