package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code ab} says of one run with a connection for each request.
 *
 * @param requests answered requests
 * @param requestsPerSecond their rate
 */
public record ApacheBench(long requests, double requestsPerSecond) {

  private static final int CONCURRENCY = 8;
  private static final int WARM_UP_REQUESTS = 1_000;
  private static final int NO_LIMIT = 100_000_000;

  /** Longer than the longest round. */
  private static final Duration LIMIT = Duration.ofMinutes(10);

  /** Starts it for some seconds, without waiting. */
  public static Child start(Place client, Place server, Scratch scratch, int seconds) {
    // -t sets a limit of requests of its own, so -n goes behind it.
    return start(
        client, server, scratch, "-t", Integer.toString(seconds), "-n", Integer.toString(NO_LIMIT));
  }

  /** Sends so many requests, and waits for the end. */
  public static ApacheBench run(Place client, Place server, Scratch scratch, int requests) {
    try (Child ab = start(client, server, scratch, "-n", Integer.toString(requests))) {
      return finish(ab);
    }
  }

  /** Warms caches up, and gives the datapath connections enough to learn that they are short. */
  public static void warmUp(Place client, Place server, Scratch scratch) {
    run(client, server, scratch, WARM_UP_REQUESTS);
  }

  /** Waits for its end. */
  public static ApacheBench finish(Child ab) {
    return parse(ab.finish(LIMIT));
  }

  /**
   * @throws BenchException when a request failed, or nothing was answered
   */
  public static ApacheBench parse(String output) {
    long requests = (long) number(output, "Complete requests");
    if (requests == 0
        || number(output, "Failed requests") > 0
        || output.contains("Non-2xx responses")) {
      throw new BenchException(
          "ab had requests that were not answered: " + output.strip().replaceAll("\\s+", " "));
    }
    return new ApacheBench(requests, number(output, "Requests per second"));
  }

  private static Child start(Place client, Place server, Scratch scratch, String... limit) {
    List<String> command =
        new ArrayList<>(List.of("ab", "-q", "-d", "-c", Integer.toString(CONCURRENCY)));
    command.addAll(List.of(limit));
    command.add("http://" + server.ipv4().getHostAddress() + ":" + Nginx.PORT + "/");
    return Child.start(client, scratch.file("ab"), command);
  }

  private static double number(String output, String name) {
    Matcher value = Pattern.compile(Pattern.quote(name) + ":\\s+([0-9.]+)").matcher(output);
    if (!value.find()) {
      throw new BenchException("ab did not report \"" + name + "\"");
    }
    return Double.parseDouble(value.group(1));
  }
}
