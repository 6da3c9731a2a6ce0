package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import io.podwire.bench.Distribution;
import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * {@code sockperf ping-pong --tcp}. Its "latency" is half of a round trip; the distribution comes
 * from its full log, which holds every round trip after its 0.4 s of warm-up.
 */
public final class Sockperf implements PingPong {

  private static final int PORT = 11111; // This is sockperf's own default.
  private static final Pattern TOTAL =
      Pattern.compile("\\[Total Run].*SentMessages=(\\d+); ReceivedMessages=(\\d+)");
  private static final String LOG_HEADER = "packet, txTime(sec), rxTime(sec), latency(usec)";

  private final Scratch scratch;
  private final int seconds;

  public Sockperf(Scratch scratch, int seconds) {
    this.scratch = scratch;
    this.seconds = seconds;
  }

  @Override
  public Measurement run(Place server, Place client, int size) {
    Endpoint endpoint = new Endpoint(server.ipv4(), PORT);
    try (Child serving = serve(server, endpoint, scratch)) {
      return pingPong(client, endpoint, size, seconds, scratch);
    }
  }

  /** Starts a server for one connection after the other; returns when it listens. */
  public static Child serve(Place server, Endpoint listen, Scratch scratch) {
    return Child.start(server, scratch.file("sockperf-server"), command("server", listen))
        .awaitListening(listen.address(), listen.port());
  }

  /**
   * One connection to a server.
   *
   * @param seconds from its first message on, of which 0.4 s are its warm-up
   */
  public static Measurement pingPong(
      Place client, Endpoint connect, int size, int seconds, Scratch scratch) {
    Path log = scratch.file("sockperf-log");
    List<String> command = client("ping-pong", connect, scratch);
    command.addAll(List.of("-m", Integer.toString(size), "-t", Integer.toString(seconds)));
    command.addAll(List.of("--full-log", log.toString()));
    try (Child pinging =
        Child.start(client, scratch.file("sockperf-client"), "sockperf", command)) {
      long transactions = transactions(pinging.finish(Duration.ofSeconds(seconds + 30L)));
      return new Measurement(transactions, oneWay(log), Optional.empty());
    }
  }

  /** A client's command, to which more can be added: without its two seconds of sleep. */
  static List<String> client(String mode, Endpoint endpoint, Scratch scratch) {
    List<String> command =
        new ArrayList<>(List.of("env", "LD_PRELOAD=" + OwnProgram.AWAKE.in(scratch)));
    command.addAll(command(mode, endpoint));
    return command;
  }

  private static List<String> command(String mode, Endpoint endpoint) {
    List<String> command = new ArrayList<>(List.of("sockperf", mode, "--tcp"));
    command.addAll(List.of("-i", endpoint.host(), "-p", Integer.toString(endpoint.port())));
    return command;
  }

  /** The messages that came back, of the whole run. */
  public static long transactions(String output) {
    Matcher total = TOTAL.matcher(output);
    if (!total.find()) {
      throw new BenchException(
          "sockperf reported no messages: "
              + output.strip().lines().reduce((a, b) -> b).orElse(""));
    }
    return Long.parseLong(total.group(2));
  }

  /** Reads a full log, in nanoseconds. */
  public static Histogram oneWay(Path log) {
    Histogram histogram = Distribution.empty();
    try (BufferedReader lines = Files.newBufferedReader(log)) {
      boolean data = false;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (data && Character.isDigit(line.isEmpty() ? '-' : line.charAt(0))) {
          double micros = Double.parseDouble(line.substring(line.lastIndexOf(',') + 1));
          histogram.recordValue(Math.round(micros * 1_000));
        }
        data |= line.equals(LOG_HEADER);
      }
      Files.delete(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (histogram.getTotalCount() == 0) {
      throw new BenchException("sockperf's full log holds no messages");
    }
    return histogram;
  }
}
