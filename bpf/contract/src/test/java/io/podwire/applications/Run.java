package io.podwire.applications;

import io.podwire.datapath.AcceleratedNode;
import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * One run of an application in the pods of a node. Closing it ends all its processes, and deletes
 * its files.
 */
final class Run implements AutoCloseable {

  /** How long a single step may take; whatever takes longer hangs. */
  private static final Duration LIMIT = Duration.ofSeconds(AcceleratedNode.EMULATED ? 300 : 90);

  private static final InstalledProgram PYTHON = new InstalledProgram("python3", "python3");
  private static final Duration END_LIMIT = Duration.ofSeconds(10);
  private static final int COMMAND_SHOWN = 300;
  private static final int OUTPUT_SHOWN = 4000;

  private final AcceleratedNode node;
  private final Scratch scratch = Scratch.create();
  private final Map<Child, String> children = new LinkedHashMap<>();

  Run(AcceleratedNode node) {
    this.node = node;
  }

  Place client() {
    return node.client();
  }

  Place server() {
    return node.server();
  }

  Place proxy() {
    return node.proxy();
  }

  /** A new path, where nothing is yet. */
  Path file(String name) {
    return scratch.file(name);
  }

  /** A new file with this text. */
  Path file(String name, String text) throws IOException {
    return Files.writeString(file(name), text);
  }

  /** A new file of random bytes, the same for the same size. */
  Path file(String name, long bytes) throws IOException {
    Path file = file(name);
    Random random = new Random(bytes);
    byte[] block = new byte[1 << 16];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long left = bytes; left > 0; left -= block.length) {
        random.nextBytes(block);
        out.write(block, 0, (int) Math.min(left, block.length));
      }
    }
    return file;
  }

  /** A new directory that programs without privileges can write to. */
  Path directory(String name) throws IOException {
    Path directory = Files.createDirectory(file(name));
    return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  /** The command that runs a script of Python. */
  static List<String> python(String script, String... arguments) {
    List<String> line = new ArrayList<>(List.of(PYTHON.path(), "-I", "-c", script));
    line.addAll(List.of(arguments));
    return line;
  }

  /** The command that runs a class of these tests; what it writes to temporary files stays here. */
  List<String> java(Class<?> main, String... arguments) throws IOException {
    List<String> line = new ArrayList<>();
    line.add(ProcessHandle.current().info().command().orElseThrow());
    line.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
    line.add("-Djava.io.tmpdir=" + directory("java"));
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    line.addAll(List.of(arguments));
    return line;
  }

  /** Starts a server, which stays in the foreground, and returns when it listens. */
  void serve(Place place, int port, List<String> command) {
    start(place, command).awaitListening(place.ipv4(), port);
  }

  void serve(Place place, int port, String... command) {
    serve(place, port, List.of(command));
  }

  /**
   * Runs a command to its end, which must be exit code 0.
   *
   * @return what it wrote to its standard output and error
   */
  String run(Place place, List<String> command) {
    return start(place, command).finish(LIMIT);
  }

  String run(Place place, String... command) {
    return run(place, List.of(command));
  }

  static String sha256(Path file) throws IOException {
    try (InputStream in =
        new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(((DigestInputStream) in).getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The end of what each process wrote. */
  String outputs() {
    return children.entrySet().stream()
        .map(child -> "--- " + child.getValue() + "\n" + tail(child.getKey().output()))
        .collect(Collectors.joining("\n"));
  }

  @Override
  public void close() {
    List<Child> lastFirst = new ArrayList<>(children.keySet());
    Collections.reverse(lastFirst);
    for (Child child : lastFirst) {
      child.terminate(END_LIMIT);
      child.close();
    }
    scratch.close();
  }

  private Child start(Place place, List<String> command) {
    Child child = Child.start(place, scratch.file("output"), command);
    children.put(child, place.name() + ": " + head(String.join(" ", command)));
    return child;
  }

  private static String head(String command) {
    return command.substring(0, Math.min(command.length(), COMMAND_SHOWN));
  }

  private static String tail(String text) {
    return text.substring(Math.max(0, text.length() - OUTPUT_SHOWN));
  }
}
