package io.podwire.suites;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Tests that somebody else wrote, in a program that runs any of them by name and writes what {@link
 * SuiteOutput} reads.
 *
 * @param directory where the program runs
 * @param tests the names of those that are compared, in their order
 * @param command runs some of them
 */
record Suite(
    String name,
    Path directory,
    List<String> tests,
    Function<Collection<String>, List<String>> command) {

  /** Files that the suites build and write; {@code make clean} removes them. */
  static final Path OUTPUT = Path.of("target", "suites").toAbsolutePath();

  // AF_VSOCK has no network namespaces, and in some virtual machines its tests wait for ever.
  private static final Pattern PYTHON_LEFT_OUT = Pattern.compile("VSOCK");

  // Tests that ask name servers, which no pod of a testbed reaches, or that run the Go tool and
  // use no socket.
  private static final Pattern GO_LEFT_OUT =
      Pattern.compile(
          "TestLookup.*|Test.*Resolver.*|Test.*RealDNS|TestDialCancel|TestOmitHTTP2.*|TestCmdGoNoHTTPServer"
              + "|Benchmark.*");

  /** Unit tests of CPython, for example {@code test.test_socket}; those of the distribution. */
  static Suite cpython(String name, String... modules) {
    String python = python();
    String runner = runner();
    List<String> list = new ArrayList<>(List.of(python, runner, "list"));
    list.addAll(List.of(modules));
    return new Suite(
        name,
        OUTPUT,
        lines(OUTPUT, list).filter(test -> !PYTHON_LEFT_OUT.matcher(test).find()).toList(),
        tests -> {
          List<String> command = new ArrayList<>(List.of(python, runner, "run"));
          command.addAll(List.of(modules));
          command.add("--");
          command.addAll(tests);
          return command;
        });
  }

  /** Tests of a package of Go's standard library, compiled with the distribution's compiler. */
  static Suite go(String name, String importPath) {
    String program = OUTPUT.resolve(name + ".test").toString();
    lines(OUTPUT, List.of("go", "test", "-c", "-o", program, importPath)).close();
    Path sources =
        Path.of(
            lines(OUTPUT, List.of("go", "list", "-f", "{{.Dir}}", importPath))
                .findFirst()
                .orElseThrow());
    return new Suite(
        name,
        sources,
        lines(sources, List.of(program, "-test.list=."))
            .filter(test -> !GO_LEFT_OUT.matcher(test).matches())
            .toList(),
        tests -> List.of(program, "-test.v", "-test.run=^(" + String.join("|", tests) + ")$"));
  }

  private static String python() {
    return Stream.of("3.11", "3.12", "3.13", "3.10")
        .filter(
            version -> Files.exists(Path.of("/usr/lib/python" + version, "test/test_socket.py")))
        .map(version -> "/usr/bin/python" + version)
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("no tests of CPython here: tools/deps suites"));
  }

  private static String runner() {
    try {
      return Path.of(Suite.class.getResource("cpython.py").toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lines of the standard output of a command that succeeds. */
  private static Stream<String> lines(Path directory, List<String> command) {
    try {
      Files.createDirectories(OUTPUT);
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT);
      environment(builder);
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.waitFor();
      if (exit != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": exit " + exit);
      }
      return output.lines();
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage() + ": tools/deps suites", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Sees to it that nothing is written outside of {@link #OUTPUT}, nor fetched. */
  static void environment(ProcessBuilder builder) {
    builder
        .environment()
        .putAll(
            Map.of(
                "GOCACHE", OUTPUT.resolve("go-cache").toString(),
                "GOFLAGS", "",
                "GOPROXY", "off",
                "PYTHONDONTWRITEBYTECODE", "1"));
  }
}
