package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.TestbedException;
import io.podwire.testbed.Unprivileged;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code redis-benchmark} with its own default of 50 connections, and a {@code redis-server} that
 * keeps nothing.
 */
public final class RedisBenchmark {

  /** Its default, {@code -c}. */
  public static final int CONNECTIONS = 50;

  private RedisBenchmark() {}

  /** Starts a server; returns when it listens. */
  public static Child serve(Place server, Endpoint listen, Scratch scratch) {
    List<String> command =
        Unprivileged.command(
            "redis-server",
            "--bind",
            listen.host(),
            "--port",
            Integer.toString(listen.port()),
            "--protected-mode",
            "no",
            "--save",
            "",
            "--appendonly",
            "no");
    return Child.start(server, scratch.file("redis-server"), "redis-server", command)
        .awaitListening(listen.address(), listen.port());
  }

  /**
   * Sends so many requests, over all connections together.
   *
   * @param test {@code get} or {@code set}
   * @param size bytes of a value
   * @return requests in a second
   */
  public static double run(
      Place client, Endpoint connect, String test, int size, long requests, Scratch scratch) {
    List<String> command =
        List.of(
            "redis-benchmark",
            "-h",
            connect.host(),
            "-p",
            Integer.toString(connect.port()),
            "-t",
            test,
            "-d",
            Integer.toString(size),
            "-n",
            Long.toString(requests),
            "--csv");
    try (Child child = Child.start(client, scratch.file("redis-benchmark"), command)) {
      try {
        // its reconnecting to a dead server never ends
        return parse(child.finish(Program.LIMIT, () -> refusal(child).isPresent()), test);
      } catch (BenchException | TestbedException e) {
        throw new BenchException(
            "redis-benchmark failed: " + refusal(child).orElse(e.getMessage()), e);
      }
    }
  }

  /**
   * @param output what {@code --csv} printed
   * @return requests in a second
   * @throws BenchException when the test is not in it
   */
  public static double parse(String output, String test) {
    String name = test.toUpperCase(Locale.ROOT);
    Matcher row = Pattern.compile("\"" + name + "\",\"([0-9.]+)\"").matcher(output);
    if (!row.find()) {
      throw new BenchException("redis-benchmark reported no " + name + ": " + Said.last(output));
    }
    return Double.parseDouble(row.group(1));
  }

  private static Optional<String> refusal(Child child) {
    return child.output().lines().filter(l -> l.startsWith("Could not connect")).findFirst();
  }
}
