package io.podwire.bench.tool;

import io.podwire.bench.BenchException;
import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One connection of our own {@code pingpong.c} that stays open, and on which messages go there and
 * back, or bursts, when that is asked for; closing it ends both ends.
 */
public final class LongPingPong implements AutoCloseable {

  private static final int PORT = 11114;
  private static final Pattern TRANSACTIONS = Pattern.compile("transactions=(\\d+)");

  private final Scratch scratch;
  private final Child server;
  private final Child client;

  private LongPingPong(Scratch scratch, Child server, Child client) {
    this.scratch = scratch;
    this.server = server;
    this.client = client;
  }

  /**
   * Starts both ends, at the server's IPv4 address; nothing is sent before it is asked for.
   *
   * @param size bytes of a message
   * @param burst bytes of a burst
   */
  public static LongPingPong open(
      Path program, Scratch scratch, Place server, Place client, int size, int burst) {
    String to = new Endpoint(server.ipv4(), PORT).toString();
    List<String> serve = List.of(program.toString(), "server", to, "" + size, "" + burst);
    List<String> ask = List.of(program.toString(), "asked", to, "" + size, "" + burst);
    Child serving = Child.start(server, scratch.file("pingpong-server"), serve).awaitLine("ready");
    try {
      Path output = scratch.file("pingpong-asked");
      return new LongPingPong(
          scratch, serving, Child.startToBeAsked(client, output, "pingpong", ask));
    } catch (RuntimeException e) {
      serving.close();
      throw e;
    }
  }

  /** Sends a message there and back, over and over, without a warm-up. */
  public Measurement messages(int millis) {
    Path samples = scratch.file("samples");
    String answer = client.ask("messages " + millis + " " + samples);
    Matcher said = TRANSACTIONS.matcher(answer);
    if (!said.find()) {
      throw new BenchException("pingpong did not report its transactions: " + answer);
    }
    return new Measurement(
        Long.parseLong(said.group(1)), StreamPingPong.oneWay(samples), Optional.empty());
  }

  /** Sends the bytes of a burst there as fast as it goes, and then as many back. */
  public void burst() {
    client.ask("burst");
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
