package io.podwire.testbed;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A terminal that this process writes to.
 *
 * @param columns how many characters a line has
 * @param rows how many lines there are
 */
public record Terminal(int columns, int rows) {

  /** What is assumed of a terminal that does not know its size. */
  private static final Terminal OF_OLD = new Terminal(80, 24);

  private static final Path STANDARD_OUTPUT = Path.of("/proc/self/fd/1");
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
  private static final Pattern SIZE = Pattern.compile("([1-9]\\d*) ([1-9]\\d*)\\s*");

  /**
   * The one that standard output is, of the size that it has now; empty where that is none. Runs
   * {@code stty}, which takes milliseconds.
   */
  public static Optional<Terminal> ofStandardOutput() {
    return is(STANDARD_OUTPUT) ? Optional.of(sized(STANDARD_OUTPUT)) : Optional.empty();
  }

  /** Whether standard error is one. */
  static boolean isStandardError() {
    return is(STANDARD_ERROR);
  }

  // System.console() would ask about standard input and output together, and not about standard
  // error.
  private static boolean is(Path fd) {
    try {
      String target = Files.readSymbolicLink(fd).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }

  private static Terminal sized(Path fd) {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(fd.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return sized(new String(stty.getInputStream().readAllBytes(), US_ASCII));
    } catch (IOException e) {
      return OF_OLD;
    }
  }

  /** What {@code stty size} says: rows and columns, 0 where they are not known. */
  static Terminal sized(String said) {
    Matcher size = SIZE.matcher(said);
    return size.matches()
        ? new Terminal(Integer.parseInt(size.group(2)), Integer.parseInt(size.group(1)))
        : OF_OLD;
  }
}
