package io.podwire.testbed;

import java.util.ArrayList;
import java.util.List;

/** Programs that run as nobody. */
public final class Unprivileged {

  private static final String NOBODY = "65534";

  private Unprivileged() {}

  /** The command that runs this one without privileges. */
  public static List<String> command(String... command) {
    List<String> line = new ArrayList<>(List.of("setpriv", "--reuid=" + NOBODY));
    line.addAll(List.of("--regid=" + NOBODY, "--clear-groups", "--no-new-privs"));
    line.addAll(List.of(command));
    return line;
  }
}
