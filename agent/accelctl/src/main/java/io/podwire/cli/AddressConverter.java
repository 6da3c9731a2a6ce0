package io.podwire.cli;

import io.podwire.datapath.Prefix;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the address of a pod from the command line. */
final class AddressConverter implements ITypeConverter<Prefix> {

  @Override
  public Prefix convert(String text) {
    return NoPodRange.refuse(parse(text), text);
  }

  /** Any address. */
  static Prefix parse(String text) {
    if (text.indexOf('/') >= 0) {
      throw new TypeConversionException(text + " is a network: name it with --cidr");
    }
    try {
      return Prefix.address(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
