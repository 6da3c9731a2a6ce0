package io.podwire.cli;

import io.podwire.agent.Mode;
import java.util.Arrays;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code opt-out} or {@code opt-in}. */
final class ModeConverter implements ITypeConverter<Mode> {

  @Override
  public Mode convert(String text) {
    return Arrays.stream(Mode.values())
        .filter(mode -> mode.toString().equals(text))
        .findFirst()
        .orElseThrow(
            () -> new TypeConversionException(text + " is no mode: write opt-out or opt-in"));
  }
}
