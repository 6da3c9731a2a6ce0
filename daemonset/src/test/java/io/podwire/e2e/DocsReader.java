package io.podwire.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.distribution.Completed;
import io.podwire.distribution.DocsPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who reads a page of docs/ and runs its commands in a clone of the project, as they are. */
final class DocsReader {

  private static final Path PROJECT = Path.of("..");

  private final String page;
  private final Path programs;

  /**
   * @param page name of its file
   * @param programs a directory that this makes, for what the reader has in the path
   * @param helm the program, Helm 3 or 4
   */
  DocsReader(String page, Path programs, String helm) throws IOException {
    this.page = page;
    this.programs = Files.createDirectories(programs).toAbsolutePath();
    has("accelctl", Path.of("target/podwire/bin/accelctl"));
    if (Path.of(helm).isAbsolute()) {
      has("helm", Path.of(helm));
    }
  }

  private void has(String name, Path program) throws IOException {
    Path link = programs.resolve(name);
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, program.toAbsolutePath());
  }

  /** The first command of the page that begins so. */
  String command(String start) {
    return DocsPage.commands(page).stream()
        .filter(command -> command.startsWith(start))
        .findFirst()
        .orElseThrow(() -> new AssertionError(page + " has no command " + start));
  }

  /** Runs a command, asserts that it succeeds, and returns what it printed. */
  String run(String command) {
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", command).directory(PROJECT.toFile());
    shell.environment().merge("PATH", programs.toString(), (path, first) -> first + ":" + path);
    Completed completed = Completed.of(shell);
    assertThat(completed.exit()).as("%s: %s", command, Kubectl.briefly(completed.err())).isZero();
    return completed.out();
  }
}
