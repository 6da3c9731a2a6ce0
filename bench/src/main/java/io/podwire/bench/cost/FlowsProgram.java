package io.podwire.bench.cost;

import io.podwire.bench.BenchException;
import io.podwire.bench.tool.FlowsBulk;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Our own {@code flows.c}: connections that are opened and closed, filled, or kept. */
public final class FlowsProgram {

  private static final int PORT = 11113;
  private static final int WARM_UP_MILLIS = 100;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Pattern CONNECTIONS = Pattern.compile("connections=\\d+ median_ns=(\\d+)");

  private final Path program;
  private final Scratch scratch;

  /** Copies the program into the scratch directory. */
  public FlowsProgram(Scratch scratch) {
    this.program = OwnProgram.FLOWS.in(scratch);
    this.scratch = scratch;
  }

  /**
   * Connections in a second that are opened, accepted and closed, one after the other: by the
   * median time of one, which other load on the CPU hardly moves.
   */
  double connectionsPerSecond(Place server, Place client, int millis) {
    return connectionsPerSecond(run("accept", "connect", server, client, millis));
  }

  static double connectionsPerSecond(String output) {
    Matcher said = CONNECTIONS.matcher(output);
    if (!said.find()) {
      throw new BenchException("flows did not report what it did: " + output.strip());
    }
    return NANOS_PER_SECOND / Double.parseDouble(said.group(1));
  }

  /** 10^9 bits in a second that one connection took from the client. */
  public double gigabits(Place server, Place client, int millis) {
    return FlowsBulk.parse(run("sink", "send", server, client, millis)).gigabitsPerSecond();
  }

  private String run(String serve, String run, Place server, Place client, int millis) {
    try (Child serving = serve(server, serve);
        Child running =
            start(
                client, run, server, Integer.toString(WARM_UP_MILLIS), Integer.toString(millis))) {
      return running.finish(LIMIT.plusMillis(millis));
    }
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

  /** Starts what takes what {@link #send} sends. */
  Child sink(Place server) {
    return serve(server, "sink");
  }

  /** Sends as fast as it goes, over one connection that is open now, until it is closed. */
  Child send(Place server, Place client) {
    return start(client, "send", server, "0", Long.toString(LIMIT.toMillis())).awaitLine("open");
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
