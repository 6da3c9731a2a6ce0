package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What our own {@code pingpong.c} says of a rate.
 *
 * @param count transactions, or connections, of the whole run
 * @param perSecond their rate
 */
public record StreamRate(long count, double perSecond) {

  private static final Pattern RATE =
      Pattern.compile("(?:transactions|connections)=(\\d+) us=(\\d+)");

  /**
   * Starts a server of any number of connections, a thread for each; returns when it listens.
   *
   * @param size bytes of a message
   */
  public static Child serve(
      Path pingpong, Place server, Endpoint listen, int size, Scratch scratch) {
    return start(pingpong, server, scratch, "serve", listen, size).awaitLine("ready");
  }

  /** Starts a server that closes what it accepts; returns when it listens. */
  public static Child accept(Path pingpong, Place server, Endpoint listen, Scratch scratch) {
    return start(pingpong, server, scratch, "accept", listen).awaitLine("ready");
  }

  /** Messages there and back on so many connections at a time, a thread for each. */
  public static StreamRate transactions(
      Path pingpong,
      Place client,
      Endpoint connect,
      int size,
      int connections,
      Duration time,
      Scratch scratch) {
    return finish(
        start(pingpong, client, scratch, "rate", connect, size, connections, time.toMillis()));
  }

  /**
   * Connections that stay open, and on which messages go there and back when they are {@link #ask
   * asked}; in between their owner sleeps on all of them.
   */
  public static Child pool(
      Path pingpong, Place client, Endpoint connect, int size, int connections, Scratch scratch) {
    List<String> command =
        List.of(pingpong.toString(), "pool", connect.toString(), "" + size, "" + connections);
    return Child.startToBeAsked(client, scratch.file("pingpong-pool"), "pingpong", command);
  }

  /** The rate of a {@link #pool} during so many milliseconds. */
  public static StreamRate ask(Child pool, int millis) {
    return parse(pool.ask("rate " + millis));
  }

  /** Connections that are opened, and closed by the server, one after the other. */
  public static StreamRate connections(
      Path pingpong, Place client, Endpoint connect, Duration time, Scratch scratch) {
    return finish(start(pingpong, client, scratch, "connect", connect, time.toMillis()));
  }

  /**
   * @throws BenchException when there was none
   */
  public static StreamRate parse(String output) {
    Matcher rate = RATE.matcher(output);
    if (!rate.find() || rate.group(1).equals("0")) {
      throw new BenchException("pingpong reported no rate: " + Said.last(output));
    }
    long count = Long.parseLong(rate.group(1));
    return new StreamRate(count, count * 1e6 / Long.parseLong(rate.group(2)));
  }

  private static StreamRate finish(Child child) {
    try (child) {
      return parse(child.finish(Program.LIMIT));
    }
  }

  private static Child start(
      Path pingpong, Place place, Scratch scratch, String mode, Object... arguments) {
    List<String> command = new ArrayList<>(List.of(pingpong.toString(), mode));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return Child.start(place, scratch.file("pingpong-" + mode), "pingpong", command);
  }
}
