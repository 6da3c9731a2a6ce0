package io.podwire.distribution;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The {@code accelctl} of a distribution, run as a process. */
final class BuiltAccelctl {

  private final Path launcher;

  private BuiltAccelctl(Path launcher) {
    this.launcher = launcher;
  }

  /** The one that the build has just assembled. */
  static BuiltAccelctl built() {
    return at(Path.of("target/podwire/bin/accelctl").toAbsolutePath());
  }

  /** The one at a path, which may be a link to it. */
  static BuiltAccelctl at(Path launcher) {
    return new BuiltAccelctl(launcher);
  }

  Completed run(String... arguments) {
    return run(Map.of(), List.of(), arguments);
  }

  /** Runs with more environment, as the last words of a command that runs commands. */
  Completed run(Map<String, String> environment, List<String> prefix, String... arguments) {
    ProcessBuilder command = command(prefix, arguments);
    command.environment().putAll(environment);
    return Completed.of(command);
  }

  /** A process that the caller ends; its output is of no interest. */
  Process start(String... arguments) throws IOException {
    return start(Map.of(), arguments);
  }

  Process start(Map<String, String> environment, String... arguments) throws IOException {
    ProcessBuilder command = command(List.of(), arguments);
    command.environment().putAll(environment);
    return command
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private ProcessBuilder command(List<String> prefix, String... arguments) {
    List<String> words = new ArrayList<>(prefix);
    words.add(launcher.toString());
    words.addAll(List.of(arguments));
    return new ProcessBuilder(words).directory(Path.of("/").toFile());
  }
}
