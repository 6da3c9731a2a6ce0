package io.podwire.agent;

/** What somebody else said, for a cell of a table or a message. */
public final class OneLine {

  private OneLine() {}

  /** Its lines behind each other, and without what a terminal would do. */
  public static String of(String text) {
    return printable(text.strip().replaceAll("\\s*\\R\\s*", "; "));
  }

  /** A line without what a terminal would do. */
  public static String printable(String line) {
    return line.replaceAll("[\\p{Cntrl}\\x80-\\x9f]", "?");
  }
}
