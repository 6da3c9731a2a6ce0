package io.podwire.distribution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A program that ran to its end.
 *
 * @param exit its exit code
 * @param out its standard output
 * @param err its standard error
 */
public record Completed(int exit, String out, String err) {

  /** Runs one in the directory of this module. */
  public static Completed of(List<String> command) {
    return of(new ProcessBuilder(command));
  }

  /** Runs one as it is told to, but for where its output goes. */
  public static Completed of(ProcessBuilder command) {
    try {
      Path err = Files.createTempFile("podwire", ".err");
      try {
        Process process = command.redirectError(err.toFile()).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Completed(process.waitFor(), out, Files.readString(err));
      } finally {
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
