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
 * What {@code wrk} says of one run.
 *
 * @param requests answered requests
 * @param requestsPerSecond their rate
 */
public record Wrk(long requests, double requestsPerSecond) {

  /** How many connections it has at a time, {@code -c}, in one thread. */
  public static final int CONNECTIONS = 8;

  private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in ");
  private static final Pattern RATE = Pattern.compile("Requests/sec: +([0-9.]+)");

  /**
   * Runs for some time, to which wrk adds up to 0.1 s: it takes whole seconds only, so a SIGINT
   * ends it before them.
   *
   * @param path of what is requested, from its slash on
   * @param keepAlive whether connections stay open; otherwise each request has its own
   */
  public static Wrk run(
      Place client,
      Endpoint connect,
      String path,
      boolean keepAlive,
      Duration time,
      Scratch scratch) {
    List<String> command = new ArrayList<>(List.of("timeout", "--preserve-status", "-s", "INT"));
    command.add(Double.toString(time.toMillis() / 1e3));
    command.addAll(
        List.of(
            "wrk",
            "-t",
            "1",
            "-c",
            Integer.toString(CONNECTIONS),
            "-d",
            time.toSeconds() + 10 + "s"));
    if (!keepAlive) {
      command.addAll(List.of("-H", "Connection: close"));
    }
    command.add("http://" + connect + path);
    try (Child child = Child.start(client, scratch.file("wrk"), "wrk", command)) {
      return parse(child.finish(Program.LIMIT));
    }
  }

  /**
   * @throws BenchException when a request failed, or nothing was answered
   */
  public static Wrk parse(String output) {
    Matcher requests = REQUESTS.matcher(output);
    Matcher rate = RATE.matcher(output);
    if (!requests.find()
        || !rate.find()
        || requests.group(1).equals("0")
        || output.contains("Socket errors")
        || output.contains("Non-2xx")) {
      throw new BenchException(
          "wrk had requests that were not answered: " + output.strip().replaceAll("\\s+", " "));
    }
    return new Wrk(Long.parseLong(requests.group(1)), Double.parseDouble(rate.group(1)));
  }
}
