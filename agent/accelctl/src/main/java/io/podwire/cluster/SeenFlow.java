package io.podwire.cluster;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;

/**
 * A connection that both ends of which are joined: an entry of {@code accelctl flows -o json}.
 *
 * @param clientRedirected messages that the client sent from socket to socket
 * @param serverRedirected those that the server sent
 * @param retired the counter's name that says why a direction went back to TCP; empty where none
 *     did
 */
public record SeenFlow(long clientRedirected, long serverRedirected, Optional<String> retired) {

  /** What is read of the document. */
  record Document(@JsonProperty(required = true) List<Entry> flows) {}

  /** A flow; an end is null where it left. */
  record Entry(End client, End server) {}

  /** One end; {@code retired} is null where it redirects. */
  record End(@JsonProperty(required = true) String local, long redirected, String retired) {}

  /**
   * The flow from a client to a server, as each end sees itself: what the client connects to may be
   * a Service, and the address that the server sees the node's.
   *
   * @param document what {@code accelctl flows -o json} printed
   * @param client address of the client's pod
   * @param server address of the server's pod
   * @param port of the server
   */
  static Optional<SeenFlow> find(Document document, String client, String server, int port) {
    return document.flows().stream()
        .filter(flow -> flow.client() != null && flow.server() != null)
        .filter(flow -> flow.client().local().startsWith(client + ":"))
        .filter(flow -> flow.server().local().equals(server + ":" + port))
        .findFirst()
        .map(flow -> of(flow.client(), flow.server()));
  }

  private static SeenFlow of(End client, End server) {
    return new SeenFlow(
        client.redirected(),
        server.redirected(),
        Optional.ofNullable(client.retired()).or(() -> Optional.ofNullable(server.retired())));
  }
}
