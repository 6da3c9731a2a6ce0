package io.podwire.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a run of minutes puts its result: to be asked about before it begins. */
public final class OutputDirectory {

  private OutputDirectory() {}

  /**
   * Whether files can be written there, after making it where it is missing. Leaves nothing: it
   * tries, since below /proc, say, permissions tell nothing.
   */
  public static boolean canTake(Path directory) {
    Path present = directory.toAbsolutePath();
    while (!Files.exists(present)) {
      present = present.getParent();
    }
    try {
      Files.delete(Files.createTempFile(present, ".podwire-", ""));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
