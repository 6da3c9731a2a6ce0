package io.podwire.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 500ms}, {@code 30s}, {@code 5m} or {@code 1h} from the command line. */
final class DurationConverter implements ITypeConverter<Duration> {

  private static final Duration LONGEST = Duration.ofHours(24);
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  @Override
  public Duration convert(String text) {
    Matcher duration = DURATION.matcher(text);
    if (!duration.matches()) {
      throw new TypeConversionException(
          text + " is not a duration: write a number and ms, s, m or h, for example 30s");
    }
    long number = Long.parseLong(duration.group(1));
    Duration read =
        switch (duration.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          default -> Duration.ofHours(number);
        };
    if (read.compareTo(LONGEST) > 0) {
      throw new TypeConversionException(text + " is too long: at most 24h");
    }
    return read;
  }
}
