package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code netperf -t TCP_RR}: requests and responses of the same size on one connection. */
public final class Netperf {

  // A line of it: bytes of the client's two buffers, of request and of response, seconds, and
  // transactions in a second.
  private static final Pattern RESULT =
      Pattern.compile("(?m)^\\d+ +\\d+ +\\d+ +\\d+ +[0-9.]+ +([0-9.]+)\\s*$");

  private Netperf() {}

  /** Starts a netserver; returns when it listens. */
  public static Child serve(Place server, Endpoint listen, Scratch scratch) {
    List<String> command =
        List.of("netserver", "-D", "-N", "-L", listen.host(), "-p", "" + listen.port());
    return Child.start(server, scratch.file("netserver"), command)
        .awaitListening(listen.address(), listen.port());
  }

  /**
   * Does so many transactions, after a connection of its own for control.
   *
   * @return transactions in a second
   */
  public static double run(
      Place client, Endpoint connect, int size, long transactions, Scratch scratch) {
    List<String> command =
        List.of(
            "netperf",
            "-H",
            connect.host(),
            "-p",
            Integer.toString(connect.port()),
            "-t",
            "TCP_RR",
            "-P",
            "0",
            "-l",
            Long.toString(-transactions),
            "--",
            "-r",
            size + "," + size);
    try (Child child = Child.start(client, scratch.file("netperf"), command)) {
      return parse(child.finish(Program.LIMIT));
    }
  }

  /**
   * @param output what {@code -P 0} printed
   * @return transactions in a second
   * @throws BenchException when there is no result
   */
  public static double parse(String output) {
    Matcher result = RESULT.matcher(output);
    if (!result.find()) {
      throw new BenchException("netperf reported no rate: " + Said.last(output));
    }
    return Double.parseDouble(result.group(1));
  }
}
