package io.podwire.distribution;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What docs/architecture.md says of the rooms and Maven's enforcer cannot see, by the sources. */
final class RoomsTest {

  private static final Path TREE = Path.of("..");
  private static final String BENCH = "bench/src/main/java/io/podwire/bench/";
  private static final Pattern MODULE = Pattern.compile("<module>(.*)</module>");
  private static final Pattern PACKAGE = Pattern.compile("(?m)^package (.*);");
  private static final Pattern OURS =
      Pattern.compile("\\bio\\.podwire\\.([a-z]\\w*(\\.[a-z]\\w*)*)");

  private static final List<Source> SOURCES = new ArrayList<>();

  /**
   * A file.
   *
   * @param room the directory of its module
   * @param file where it lies
   * @param home its package
   * @param uses the packages that its code names, without the {@code io.podwire.} before them
   */
  private record Source(String room, Path file, String home, Set<String> uses) {

    static Source read(String room, Path path) {
      try {
        String text = Files.readString(path);
        return new Source(
            room,
            path,
            PACKAGE.matcher(text).results().map(found -> found.group(1)).findFirst().orElseThrow(),
            text.lines().filter(RoomsTest::isCode).flatMap(RoomsTest::names).collect(toSet()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static boolean isCode(String line) {
    return Stream.of("*", "/*", "//", "package ").noneMatch(line.strip()::startsWith);
  }

  private static Stream<String> names(String line) {
    return OURS.matcher(line).results().map(found -> found.group(1));
  }

  @BeforeAll
  static void readAll() throws IOException {
    String parent = Files.readString(TREE.resolve("pom.xml"));
    List<String> rooms = MODULE.matcher(parent).results().map(found -> found.group(1)).toList();
    for (String room : rooms) {
      try (Stream<Path> files = Files.walk(TREE.resolve(room).resolve("src"))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .map(file -> Source.read(room, file))
            .forEach(SOURCES::add);
      }
    }
  }

  @Test
  void noPackageLiesInTwoRooms() {
    Map<String, Set<String>> rooms =
        SOURCES.stream()
            .collect(groupingBy(Source::home, TreeMap::new, mapping(Source::room, toSet())));

    assertThat(rooms).hasSizeGreaterThan(20);
    assertThat(rooms).allSatisfy((home, where) -> assertThat(where).as(home).hasSize(1));
  }

  static Stream<Arguments> arrows() {
    return Stream.of(
        arguments("bpf/testbed", List.of("testbed", "testing")),
        arguments("agent/agent", List.of("agent", "bpf", "check", "datapath")),
        arguments(BENCH + "model", List.of("bench", "bench.model", "datapath", "testbed")),
        arguments(
            BENCH + "report",
            List.of(
                "bench",
                "bench.model",
                "bench.report",
                "bench.report.chart",
                "bench.report.html",
                "bench.report.json",
                "bench.report.text",
                "datapath",
                "testbed")));
  }

  @ParameterizedTest
  @MethodSource("arrows")
  void whatLiesBelowADirectoryUsesNoOtherPackages(String directory, List<String> packages) {
    List<Source> below =
        SOURCES.stream()
            .filter(source -> source.file().startsWith(TREE.resolve(directory)))
            .toList();

    assertThat(below).hasSizeGreaterThan(10);
    assertThat(below)
        .allSatisfy(
            source -> assertThat(source.uses()).as(source.file().toString()).isSubsetOf(packages));
  }
}
