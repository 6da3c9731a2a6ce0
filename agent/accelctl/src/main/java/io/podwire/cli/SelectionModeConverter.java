package io.podwire.cli;

import io.podwire.agent.SelectionMode;
import java.util.Arrays;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code opt-out} or {@code opt-in}. */
final class SelectionModeConverter implements ITypeConverter<SelectionMode> {

  @Override
  public SelectionMode convert(String text) {
    return Arrays.stream(SelectionMode.values())
        .filter(mode -> mode.toString().equals(text))
        .findFirst()
        .orElseThrow(
            () -> new TypeConversionException(text + " is no mode: write opt-out or opt-in"));
  }
}
