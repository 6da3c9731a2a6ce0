package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.podwire.testbed.Place;
import io.podwire.testbed.Proc;
import io.podwire.testbed.Scratch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A running {@code traffic} program (src/test/c/traffic); ended by {@link #close()}, or with its
 * testbed.
 */
public final class Traffic implements AutoCloseable {

  /** Has the program, of all tests of this JVM; it goes with it. */
  private static final Scratch SCRATCH = Scratch.create();

  private static final int UNSUPPORTED = 77;

  private final Process process;
  private final BufferedReader lines;
  private final List<String> output = new ArrayList<>();

  private Traffic(Process process) {
    this.process = process;
    this.lines = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts a server, and returns when it listens. */
  public static Traffic serve(Place place, String arguments, InetAddress address, int port) {
    Traffic server = start(place, arguments, address, port);
    server.awaitLine("ready");
    return server;
  }

  /**
   * Starts a client; the address and the port follow the command's name, the numbers follow the
   * port.
   */
  public static Traffic start(
      Place place, String arguments, InetAddress address, int port, long... numbers) {
    List<String> command = new ArrayList<>(List.of(program()));
    command.addAll(List.of(arguments.split(" ")));
    command.addAll(List.of(address.getHostAddress(), Integer.toString(port)));
    for (long number : numbers) {
      command.add(Long.toString(number));
    }
    try {
      return new Traffic(
          place.command(command.toArray(String[]::new)).redirectErrorStream(true).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a client to its end, and asserts that every byte was right. */
  public static Traffic run(
      Place place, String arguments, InetAddress address, int port, long... numbers) {
    Traffic client = start(place, arguments, address, port, numbers);
    client.awaitSuccess();
    return client;
  }

  /** Waits for the end, and asserts that every byte was right. */
  public void awaitSuccess() {
    int exit = awaitEnd();
    assumeThat(exit != UNSUPPORTED).as("this kernel cannot do it: %s", output).isTrue();
    assertThat(exit).as("traffic said: %s", String.join("\n", output)).isZero();
  }

  /** Reads up to a line that starts so. */
  public void awaitLine(String start) {
    String line;
    do {
      line = readLine();
      if (line == null && awaitEnd() == UNSUPPORTED) {
        assumeThat(false).as("this kernel cannot do it").isTrue();
      }
      assertThat(line).as("waiting for \"%s\"; traffic said: %s", start, output).isNotNull();
    } while (!line.startsWith(start));
  }

  /** Has a {@code hold} client exchange one more message on each of its connections. */
  void exchange() {
    say("", "round");
  }

  /** The same, and does not wait for it. */
  void beginToExchange() {
    tell("");
  }

  /**
   * Has a {@code talk} client send so many bytes and get so many back, so many times; it counts
   * them in a message of its own before.
   */
  public void talk(int times, long up, long down) {
    say(times + " " + up + " " + down, "turns");
  }

  /** The same, and does not wait for it. */
  public void beginToTalk(int times, long up, long down) {
    tell(times + " " + up + " " + down);
  }

  /** Waits for the end of what it began to talk. */
  public void awaitTurns() {
    awaitAnswer("turns");
  }

  /**
   * Stops it where it is. One thread takes the signal, and stops the others once it has a CPU:
   * until then they go on.
   */
  public void pause() {
    signal("STOP");
    await().until(this::hasStopped);
  }

  private boolean hasStopped() {
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid()), "task"))) {
      return threads
          .map(thread -> Proc.value(thread.resolve("status").toString(), "State"))
          .allMatch(state -> state.startsWith("T"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets it go on. */
  public void goOn() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void say(String line, String answer) {
    tell(line);
    awaitAnswer(answer);
  }

  private void awaitAnswer(String answer) {
    assertThat(readLine()).as("traffic said: %s", output).startsWith(answer).endsWith("failed 0");
  }

  private void tell(String line) {
    try {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A number of the last line that a client wrote. */
  public long value(String name) {
    List<String> words = List.of(output.get(output.size() - 1).split(" "));
    return Long.parseLong(words.get(words.indexOf(name) + 1));
  }

  /** What is left of the last line after a name. */
  List<String> values(String name) {
    List<String> words = List.of(output.get(output.size() - 1).split(" "));
    return words.subList(words.indexOf(name) + 1, words.size());
  }

  public long pid() {
    return process.pid();
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int awaitEnd() {
    while (readLine() != null) {}
    try {
      assertThat(process.waitFor(10, TimeUnit.SECONDS))
          .as("traffic ends after its output")
          .isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return process.exitValue();
  }

  /** Ends it, and returns what it said. */
  public List<String> stop() {
    process.toHandle().destroyForcibly(); // Process.destroyForcibly() closes its output
    awaitEnd();
    return output;
  }

  private String readLine() {
    try {
      String line = lines.readLine();
      if (line != null) {
        output.add(line);
      }
      return line;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String program() {
    return SCRATCH.program("/io/podwire/datapath/traffic").toString();
  }
}
