package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import io.podwire.testbed.Child;
import io.podwire.testbed.Ends;
import io.podwire.testbed.Scratch;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * What {@code iperf3} says of one test, of all streams together.
 *
 * @param bytes that arrived
 * @param gigabitsPerSecond their rate, 10^9 bits a second
 */
public record Iperf3(long bytes, double gigabitsPerSecond) {

  private static final ObjectMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  /** What is read of an answer; {@code error} is null where there was none. */
  private record Answer(End end, String error) {

    private long bytes() {
      return end == null || end.sumReceived() == null ? 0 : end.sumReceived().bytes();
    }
  }

  /** The sums of all streams; null where the test failed. */
  private record End(Received sumReceived) {}

  private record Received(long bytes, double bitsPerSecond) {}

  /**
   * Starts a server for one test, sends so many bytes on all streams together, and waits for the
   * server's end.
   */
  public static Iperf3 run(Ends ends, int port, int streams, long bytes, Scratch scratch) {
    Endpoint listen = Endpoint.listen(ends, port);
    Endpoint connect = Endpoint.connect(ends, port);
    List<String> serve = List.of("iperf3", "-s", "-1", "-B", listen.host(), "-p", "" + port);
    List<String> send = new ArrayList<>(List.of("iperf3", "-c", connect.host(), "-p", "" + port));
    send.addAll(List.of("-J", "-P", "" + streams, "-n", "" + bytes));
    try (Child server = Child.start(ends.server(), scratch.file("iperf3-server"), serve)) {
      server.awaitListening(listen.address(), port);
      try (Child client = Child.start(ends.client(), scratch.file("iperf3-client"), send)) {
        Iperf3 said = parse(client.finish(Program.LIMIT));
        server.finish(Program.LIMIT);
        return said;
      }
    }
  }

  /**
   * @param output what {@code -J} printed
   * @throws BenchException when the test failed
   */
  public static Iperf3 parse(String output) {
    try {
      Answer answer = JSON.readValue(output, Answer.class);
      if (answer.error() != null || answer.bytes() == 0) {
        throw new BenchException(failure(answer.error()));
      }
      return new Iperf3(answer.bytes(), answer.end().sumReceived().bitsPerSecond() / 1e9);
    } catch (JacksonException e) {
      throw new BenchException(failure(Said.last(output)), e);
    }
  }

  /**
   * @param why null or empty where iperf3 does not say
   */
  private static String failure(String why) {
    return "iperf3 failed: " + (why == null || why.isEmpty() ? "nothing was received" : why);
  }
}
