package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What our own {@code flows.c} says of one connection on which it sent as fast as it could, 64 KiB
 * at a time.
 *
 * @param bytes that the connection took after the warm-up
 * @param gigabitsPerSecond their rate, 10^9 bits a second
 */
public record FlowsBulk(long bytes, double gigabitsPerSecond) {

  private static final double BITS_PER_BYTE = 8;
  private static final Pattern BYTES = Pattern.compile("bytes=(\\d+) ns=(\\d+)");

  /** How the other end reads. */
  public enum Reader {
    /** One blocking {@code recv()} after the other. */
    BLOCKING("sink"),
    /** Reads until EAGAIN, and then waits for an edge of {@code epoll(7)}. */
    EDGE_TRIGGERED("edge-sink");

    private final String mode;

    Reader(String mode) {
      this.mode = mode;
    }

    /** The reader in names and titles: lower case, with dashes. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Starts a server that reads what it is sent; returns when it listens. */
  public static Child serve(
      Path flows, Reader reader, Place server, Endpoint listen, Scratch scratch) {
    List<String> command = List.of(flows.toString(), reader.mode, listen.toString());
    return Child.start(server, scratch.file("flows-sink"), "flows", command).awaitLine("ready");
  }

  /** Sends for some time on one connection, without a warm-up. */
  public static FlowsBulk run(
      Path flows, Place client, Endpoint connect, Duration time, Scratch scratch) {
    List<String> command =
        List.of(flows.toString(), "send", connect.toString(), "0", "" + time.toMillis());
    try (Child child = Child.start(client, scratch.file("flows-send"), "flows", command)) {
      return parse(child.finish(Program.LIMIT));
    }
  }

  /**
   * @throws BenchException when it did not send
   */
  public static FlowsBulk parse(String output) {
    Matcher said = BYTES.matcher(output);
    if (!said.find()) {
      throw new BenchException("flows did not report what it did: " + output.strip());
    }
    long bytes = Long.parseLong(said.group(1));
    return new FlowsBulk(bytes, BITS_PER_BYTE * bytes / Double.parseDouble(said.group(2)));
  }
}
