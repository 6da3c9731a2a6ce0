package io.podwire.testbed;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A program that runs in a place of the testbed, with its output in a file; whoever starts it
 * closes it, which ends it and what it started.
 */
public final class Child implements AutoCloseable {

  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  /** Nanoseconds between two looks at one that runs. */
  private static final long LOOK = TimeUnit.SECONDS.toNanos(1);

  private static final String LISTEN = "0A";
  private static final Pattern ANY = Pattern.compile("0+:");

  private final String name;
  private final Process process;
  private final Path output;

  private Child(String name, Process process, Path output) {
    this.name = name;
    this.process = process;
    this.output = output;
  }

  /**
   * In a session of its own, so that a Ctrl-C is this process's business alone: the testbed ends
   * the children.
   *
   * @param output the file that gets its standard output and error
   * @throws TestbedException when it cannot be started
   */
  public static Child start(Place place, Path output, List<String> command) {
    return start(place, output, Path.of(command.get(0)).getFileName().toString(), command);
  }

  /**
   * Starts a program that another one starts, such as {@code env}.
   *
   * @param name of the program, for errors
   */
  public static Child start(Place place, Path output, String name, List<String> command) {
    return start(place, output, name, command, Redirect.from(new File("/dev/null")));
  }

  /** Starts a program that can be {@link #ask asked}. */
  public static Child startToBeAsked(Place place, Path output, String name, List<String> command) {
    return start(place, output, name, command, Redirect.PIPE);
  }

  private static Child start(
      Place place, Path output, String name, List<String> command, Redirect input) {
    List<String> line = new ArrayList<>(List.of("setsid"));
    line.addAll(command);
    try {
      Process process =
          place
              .command(line.toArray(String[]::new))
              .redirectInput(input)
              .redirectOutput(output.toFile())
              .redirectErrorStream(true)
              .start();
      return new Child(name, process, output);
    } catch (IOException e) {
      throw new TestbedException("cannot start " + command.get(0) + ": " + e.getMessage(), e);
    }
  }

  /** Waits until it has written this line. */
  public Child awaitLine(String line) {
    return await(() -> output().lines().anyMatch(line::equals), "did not say \"" + line + "\"");
  }

  /**
   * Writes a line to its standard input, and waits for the line that it answers with.
   *
   * @throws TestbedException when it ends before that, or takes longer than 60 s; it is closed then
   */
  public String ask(String question) {
    long said = lines();
    try {
      OutputStream input = process.getOutputStream();
      input.write((question + "\n").getBytes(StandardCharsets.UTF_8));
      input.flush();
    } catch (IOException e) {
      close();
      throw new TestbedException(
          name + " does not take \"" + question + "\"" + said() + ": " + e, e);
    }
    await(() -> lines() > said, "did not answer \"" + question + "\"");
    return output().lines().skip(said).findFirst().orElseThrow();
  }

  /** Whole lines that it wrote so far. */
  private long lines() {
    return output().chars().filter(character -> character == '\n').count();
  }

  /**
   * Waits until it, or anything else in its network namespace, listens on this address, or on every
   * address.
   *
   * @throws TestbedException when it ends before that, or takes longer than 60 s; it is closed then
   */
  public Child awaitListening(InetAddress address, int port) {
    // Java listens on an IPv4 address that is mapped into IPv6: in tcp6, whose last word it is.
    List<String> tables =
        address instanceof Inet4Address ? List.of("tcp", "tcp6") : List.of("tcp6");
    String suffix = String.format(Locale.ROOT, ":%04X", port);
    String own = hexInKernelOrder(address) + suffix;
    return await(
        () ->
            tables.stream()
                .flatMap(table -> Proc.read("/proc/" + process.pid() + "/net/" + table).stream())
                .map(line -> line.strip().split(" +"))
                .filter(field -> field[3].equals(LISTEN))
                .map(field -> field[1])
                .anyMatch(
                    local ->
                        local.endsWith(own)
                            || (local.endsWith(suffix) && ANY.matcher(local).lookingAt())),
        "does not listen on " + address.getHostAddress() + ":" + port);
  }

  /**
   * Waits for its end.
   *
   * @return what it wrote
   * @throws TestbedException when it takes longer than the limit, or ends with anything but 0
   */
  public String finish(Duration limit) {
    return finish(limit, () -> false);
  }

  /**
   * Waits for the end of one that would go on though it cannot succeed.
   *
   * @param hopeless whether that is so; asked each second, since a measurement shall not notice
   * @throws TestbedException as {@link #finish(Duration)} does, and when it is hopeless
   */
  public String finish(Duration limit, BooleanSupplier hopeless) {
    long deadline = System.nanoTime() + limit.toNanos();
    try {
      while (!process.waitFor(Math.min(deadline - System.nanoTime(), LOOK), TimeUnit.NANOSECONDS)) {
        if (hopeless.getAsBoolean()) {
          throw new TestbedException(name + " cannot succeed" + said());
        }
        if (System.nanoTime() - deadline >= 0) {
          throw new TestbedException(
              name + " did not end within " + limit.toSeconds() + " s" + said());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TestbedException("interrupted while waiting for " + name, e);
    }
    if (process.exitValue() != 0) {
      throw new TestbedException(name + " failed, exit " + process.exitValue() + said());
    }
    return output();
  }

  /** Asks it to end (SIGTERM), and waits for that at most as long. */
  public void terminate(Duration limit) {
    process.destroy();
    try {
      process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What it wrote so far. */
  public String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    // Once it is gone, those that it started are no longer known to be its own.
    List<ProcessHandle> started = process.descendants().toList();
    process.destroyForcibly();
    started.forEach(ProcessHandle::destroyForcibly);
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Child await(BooleanSupplier condition, String otherwise) {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        close();
        throw new TestbedException(name + " " + otherwise + said());
      }
      try {
        TimeUnit.MILLISECONDS.sleep(2);
      } catch (InterruptedException e) {
        close();
        Thread.currentThread().interrupt();
        throw new TestbedException("interrupted while waiting for " + name, e);
      }
    }
    return this;
  }

  private String said() {
    try (Stream<String> lines = output().lines()) {
      return lines
          .filter(line -> !line.isBlank())
          .reduce((a, b) -> b)
          .map(s -> ": " + s)
          .orElse("");
    }
  }

  // /proc/net/tcp and tcp6 print addresses as 32-bit words of the host: tcp4_seq_show.
  private static String hexInKernelOrder(InetAddress address) {
    IntBuffer words =
        ByteBuffer.wrap(address.getAddress()).order(ByteOrder.nativeOrder()).asIntBuffer();
    StringBuilder hex = new StringBuilder();
    while (words.hasRemaining()) {
      hex.append(String.format(Locale.ROOT, "%08X", words.get()));
    }
    return hex.toString();
  }
}
