package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code sockperf throughput --tcp} says of one second.
 *
 * @param messages that it sent
 * @param perSecond their rate
 */
public record SockperfThroughput(long messages, double perSecond) {

  private static final Pattern TOTAL = Pattern.compile("Total of (\\d+) messages sent");
  private static final Pattern RATE = Pattern.compile("Message Rate is (\\d+) \\[msg/sec]");

  /**
   * One connection to a {@link Sockperf#serve server}.
   *
   * @param size bytes of a message
   * @param seconds 1 or more: it takes no shorter time
   */
  public static SockperfThroughput run(
      Place client, Endpoint connect, int size, int seconds, Scratch scratch) {
    List<String> command = Sockperf.client("throughput", connect, scratch);
    command.addAll(List.of("-m", Integer.toString(size), "-t", Integer.toString(seconds)));
    try (Child child =
        Child.start(client, scratch.file("sockperf-throughput"), "sockperf", command)) {
      return parse(child.finish(Program.LIMIT));
    }
  }

  /**
   * @throws BenchException when it sent nothing
   */
  public static SockperfThroughput parse(String output) {
    Matcher total = TOTAL.matcher(output);
    Matcher rate = RATE.matcher(output);
    if (!total.find() || !rate.find()) {
      throw new BenchException("sockperf sent no messages: " + Said.last(output));
    }
    return new SockperfThroughput(
        Long.parseLong(total.group(1)), Double.parseDouble(rate.group(1)));
  }
}
