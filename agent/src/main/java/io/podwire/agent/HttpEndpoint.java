package io.podwire.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/**
 * Metrics and health on one port. {@code /pods} answers this host only: it says what only the API
 * server should tell others.
 */
final class HttpEndpoint implements AutoCloseable {

  private static final String TEXT = "text/plain; charset=utf-8";

  /**
   * An answer.
   *
   * @param code the HTTP status
   * @param type the content's type
   * @param body the content
   */
  record Answer(int code, String type, String body) {

    static Answer ok(String body) {
      return new Answer(200, TEXT, body + "\n");
    }

    static Answer unavailable(String why) {
      return new Answer(503, TEXT, why + "\n");
    }
  }

  private final HttpServer server;

  private HttpEndpoint(HttpServer server) {
    this.server = server;
  }

  /**
   * Listens, and serves after {@link #serve}.
   *
   * @throws AgentException where it cannot listen there
   */
  static HttpEndpoint at(InetSocketAddress address) {
    try {
      return new HttpEndpoint(HttpServer.create(address, 0));
    } catch (IOException e) {
      throw new AgentException(
          "cannot listen on "
              + address.getHostString()
              + ":"
              + address.getPort()
              + ": "
              + e.getMessage()
              + ": name another --listen",
          e);
    }
  }

  HttpEndpoint serve(String path, Function<HttpExchange, Answer> handler) {
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            Answer answer;
            try {
              answer =
                  exchange.getRequestURI().getPath().equals(path)
                      ? handler.apply(exchange)
                      : new Answer(404, TEXT, "not found\n");
            } catch (RuntimeException e) {
              answer = new Answer(500, TEXT, e.getMessage() + "\n");
            }
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            exchange.sendResponseHeaders(answer.code(), body.length);
            exchange.getResponseBody().write(body);
          }
        });
    return this;
  }

  HttpEndpoint start() {
    server.start();
    return this;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
