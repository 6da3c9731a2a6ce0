package io.podwire.bench.cost;

import io.podwire.bench.BenchException;
import io.podwire.bench.Child;
import io.podwire.bench.Scratch;
import io.podwire.bench.testbed.Place;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Our own {@code flows.c}: connections that are opened and closed, filled, or kept. */
final class FlowsProgram {

  private static final int PORT = 11113;
  private static final int WARM_UP_MILLIS = 100;
  private static final double BITS_PER_BYTE = 8;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Pattern DONE = Pattern.compile("\\w+=(\\d+) ns=(\\d+)");

  private final Path program;
  private final Scratch scratch;

  FlowsProgram(Scratch scratch) {
    this.program = scratch.program("flows");
    this.scratch = scratch;
  }

  /** Connections in a second that were opened, accepted and closed, one after the other. */
  double connectionsPerSecond(Place server, Place client, int millis) {
    return perNano("accept", "connect", server, client, millis) * NANOS_PER_SECOND;
  }

  /** 10^9 bits in a second that one connection took from the client. */
  double gigabits(Place server, Place client, int millis) {
    return perNano("sink", "send", server, client, millis) * BITS_PER_BYTE;
  }

  private double perNano(String serve, String run, Place server, Place client, int millis) {
    try (Child serving = serve(server, serve);
        Child running =
            start(
                client, run, server, Integer.toString(WARM_UP_MILLIS), Integer.toString(millis))) {
      return perNano(running.finish(LIMIT.plusMillis(millis)));
    }
  }

  static double perNano(String output) {
    Matcher done = DONE.matcher(output);
    if (!done.find()) {
      throw new BenchException("flows did not report what it did: " + output.strip());
    }
    return Double.parseDouble(done.group(1)) / Double.parseDouble(done.group(2));
  }

  /** Starts what answers {@link #hold}. */
  Child echo(Place server, int connections) {
    return serve(server, "echo", Integer.toString(connections));
  }

  /**
   * Opens connections, exchanges one message each way on each, and keeps them until it is closed.
   */
  Child hold(Place server, Place client, int connections) {
    Child holding = start(client, "hold", server, Integer.toString(connections));
    return holding.awaitLine("open");
  }

  private Child serve(Place server, String how, String... arguments) {
    return start(server, how, server, arguments).awaitLine("ready");
  }

  private Child start(Place place, String verb, Place server, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(program.toString(), verb, server.ipv4().getHostAddress() + ":" + PORT));
    command.addAll(List.of(arguments));
    return Child.start(place, scratch.file("flows-" + verb), command);
  }
}
