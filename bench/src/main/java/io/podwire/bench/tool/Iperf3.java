package io.podwire.bench.tool;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.podwire.bench.BenchException;
import io.podwire.testbed.Child;
import io.podwire.testbed.Ends;
import io.podwire.testbed.Scratch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code iperf3} says of one test, of all streams together.
 *
 * @param bytes that arrived
 * @param gigabitsPerSecond their rate, 10^9 bits a second
 */
public record Iperf3(long bytes, double gigabitsPerSecond) {

  private static final Duration LIMIT = Duration.ofSeconds(30);

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
        Iperf3 said = parse(client.finish(LIMIT));
        server.finish(LIMIT);
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
      JsonNode report = new ObjectMapper().readTree(output);
      JsonNode received = report.at("/end/sum_received");
      if (report.has("error") || received.path("bytes").asLong() == 0) {
        throw new BenchException(
            "iperf3 failed: " + report.path("error").asText("nothing was received"));
      }
      return new Iperf3(
          received.path("bytes").asLong(), received.path("bits_per_second").asDouble() / 1e9);
    } catch (JsonProcessingException e) {
      throw new BenchException("iperf3 failed: " + Said.last(output), e);
    }
  }
}
