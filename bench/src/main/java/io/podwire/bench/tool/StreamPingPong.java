package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import io.podwire.bench.CpuTime;
import io.podwire.bench.Distribution;
import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * Our own {@code pingpong.c}: the same loop over TCP, over UNIX sockets and over pipes, which
 * sockperf 3.7 does not have. It tells the CPU time of both ends, too.
 */
public final class StreamPingPong implements PingPong {

  private static final int PORT = 11112;
  private static final int WARM_UP_MILLIS = 200;
  private static final Duration SERVER_END = Duration.ofSeconds(10);
  private static final Pattern COST =
      Pattern.compile("transactions=(\\d+) user_us=(\\d+) system_us=(\\d+)");

  private final Path program;
  private final Scratch scratch;
  private final int millis;
  private final Function<Place, String> endpoint;

  private StreamPingPong(
      Path program, Scratch scratch, int millis, Function<Place, String> endpoint) {
    this.program = program;
    this.scratch = scratch;
    this.millis = millis;
    this.endpoint = endpoint;
  }

  /** One that connects to the server's address on the pod network. */
  public static StreamPingPong podToPod(Path program, Scratch scratch, int millis) {
    return new StreamPingPong(
        program, scratch, millis, server -> server.ipv4().getHostAddress() + ":" + PORT);
  }

  /** One that connects to 127.0.0.1: both ends must be in one place. */
  public static StreamPingPong loopback(Path program, Scratch scratch, int millis) {
    return new StreamPingPong(program, scratch, millis, server -> "127.0.0.1:" + PORT);
  }

  /** One that connects to a UNIX stream socket, on a path that both places see. */
  public static StreamPingPong unix(Path program, Scratch scratch, int millis) {
    return new StreamPingPong(
        program, scratch, millis, server -> scratch.file("socket").toString());
  }

  /** One with two pipes, on a path that both places see. */
  public static StreamPingPong pipe(Path program, Scratch scratch, int millis) {
    return new StreamPingPong(program, scratch, millis, server -> "pipe:" + scratch.file("pipe"));
  }

  @Override
  public Measurement run(Place server, Place client, int size) {
    String to = endpoint.apply(server);
    Path samples = scratch.file("samples");
    List<String> serve = List.of(program.toString(), "server", to, Integer.toString(size));
    List<String> ping =
        List.of(
            program.toString(),
            "client",
            to,
            Integer.toString(size),
            Integer.toString(WARM_UP_MILLIS),
            Integer.toString(millis),
            samples.toString());
    try (Child serving = Child.start(server, scratch.file("pingpong-server"), serve)) {
      serving.awaitLine("ready");
      try (Child pinging = Child.start(client, scratch.file("pingpong-client"), ping)) {
        String clientSaid = pinging.finish(Duration.ofMillis(millis).plusSeconds(30));
        String serverSaid = serving.finish(SERVER_END);
        return new Measurement(
            transactions(clientSaid),
            oneWay(samples),
            Optional.of(cpu(clientSaid).plus(cpu(serverSaid))));
      }
    }
  }

  /** The messages there and back that it says it exchanged. */
  public static long transactions(String output) {
    return Long.parseLong(cost(output).group(1));
  }

  /** The CPU time that it says it used. */
  public static CpuTime cpu(String output) {
    Matcher cost = cost(output);
    return new CpuTime(Double.parseDouble(cost.group(2)), Double.parseDouble(cost.group(3)));
  }

  /** Reads round-trip times: unsigned 32-bit nanoseconds in host order. */
  public static Histogram oneWay(Path samples) {
    Histogram histogram = Distribution.empty();
    try {
      IntBuffer roundTrips =
          ByteBuffer.wrap(Files.readAllBytes(samples)).order(ByteOrder.nativeOrder()).asIntBuffer();
      while (roundTrips.hasRemaining()) {
        histogram.recordValue(Integer.toUnsignedLong(roundTrips.get()) / 2);
      }
      Files.delete(samples);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (histogram.getTotalCount() == 0) {
      throw new BenchException("pingpong measured no round trip");
    }
    return histogram;
  }

  private static Matcher cost(String output) {
    Matcher cost = COST.matcher(output);
    if (!cost.find()) {
      throw new BenchException("pingpong did not report its cost: " + output.strip());
    }
    return cost;
  }
}
