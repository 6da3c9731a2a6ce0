package io.podwire.datapath;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A connection with at least one end in the sockhash.
 *
 * @param handshake the two initial sequence numbers that identify it, client's first (low word)
 * @param client the end that connected; empty where it left
 * @param server the end that accepted; empty where it left
 * @param build the programs that it joined with
 */
public record Flow(
    long handshake, Optional<FlowEnd> client, Optional<FlowEnd> server, Build build) {

  /** The ends that are in the sockhash, client first. */
  public Stream<FlowEnd> ends() {
    return Stream.of(client, server).flatMap(Optional::stream);
  }

  /** Where the client is; of an end that left, as the other one sees it. */
  public InetSocketAddress clientAddress() {
    return client.map(FlowEnd::local).or(() -> server.map(FlowEnd::remote)).orElseThrow();
  }

  /** Where the server is, likewise. */
  public InetSocketAddress serverAddress() {
    return server.map(FlowEnd::local).or(() -> client.map(FlowEnd::remote)).orElseThrow();
  }

  /** Bytes that the reader of this end has taken from its queue so far. */
  private static long taken(Optional<FlowEnd> writer, FlowEnd reader) {
    return writer.map(FlowEnd::redirectedBytes).orElse(0L) - reader.unreadBytes();
  }

  /**
   * An end has bytes to read and took none since an earlier look at the same flow: its application
   * does not read, or cannot see what waits.
   *
   * @param earlier the same flow, a second or more ago
   */
  public boolean isStalledSince(Flow earlier) {
    return isStalled(client, server, earlier.client, earlier.server)
        || isStalled(server, client, earlier.server, earlier.client);
  }

  private static boolean isStalled(
      Optional<FlowEnd> reader,
      Optional<FlowEnd> writer,
      Optional<FlowEnd> readerBefore,
      Optional<FlowEnd> writerBefore) {
    return reader.isPresent()
        && readerBefore.isPresent()
        && reader.get().unread() > 0
        && readerBefore.get().unread() > 0
        && writer.isPresent() == writerBefore.isPresent()
        && taken(writer, reader.get()) == taken(writerBefore, readerBefore.get());
  }
}
