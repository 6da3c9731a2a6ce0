package io.podwire.clusterbench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * A connection that both ends of which are joined: an entry of {@code accelctl flows -o json}.
 *
 * @param clientRedirected messages that the client sent from socket to socket
 * @param serverRedirected those that the server sent
 * @param retired the counter's name that says why a direction went back to TCP; empty where none
 *     did
 */
record SeenFlow(long clientRedirected, long serverRedirected, Optional<String> retired) {

  /**
   * The flow from a client to a server, as each end sees itself: what the client connects to may be
   * a Service, and the address that the server sees the node's.
   *
   * @param document what {@code accelctl flows -o json} printed
   * @param client address of the client's pod
   * @param server address of the server's pod
   * @param port of the server
   */
  static Optional<SeenFlow> find(JsonNode document, String client, String server, int port) {
    for (JsonNode flow : document.path("flows")) {
      JsonNode from = flow.path("client");
      JsonNode to = flow.path("server");
      if (from.path("local").asText().startsWith(client + ":")
          && to.path("local").asText().equals(server + ":" + port)) {
        return Optional.of(
            new SeenFlow(
                from.path("redirected").asLong(),
                to.path("redirected").asLong(),
                retired(from).or(() -> retired(to))));
      }
    }
    return Optional.empty();
  }

  private static Optional<String> retired(JsonNode end) {
    return Optional.ofNullable(end.path("retired").textValue());
  }
}
