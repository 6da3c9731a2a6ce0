package io.podwire.cli;

import io.podwire.datapath.Prefix;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a network from the command line. */
final class CidrConverter implements ITypeConverter<Prefix> {

  @Override
  public Prefix convert(String text) {
    try {
      return Prefix.cidr(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
