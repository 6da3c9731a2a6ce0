package io.podwire.cli;

import io.podwire.agent.AgentException;
import io.podwire.agent.Names;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The agent of this node, which answers this host by HTTP. */
final class LocalAgent {

  /** Of an answer: several times that of a node with thousands of pods. */
  private static final int MAX_BYTES = 64 << 20;

  private final InetSocketAddress where;

  LocalAgent(InetSocketAddress where) {
    this.where = where;
  }

  /**
   * The document {@code /pods} as the agent wrote it.
   *
   * @param patience for the connection, and then for the answer
   * @throws AgentException where no agent answers in that time
   */
  String pods(Duration patience) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://" + Names.endpoint(where) + "/pods")
                  .toURL()
                  .openConnection(Proxy.NO_PROXY);
      connection.setInstanceFollowRedirects(false); // root asks, and anybody may answer
      connection.setConnectTimeout((int) patience.toMillis());
      connection.setReadTimeout((int) patience.toMillis());
      if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
        throw new AgentException(
            "the agent at "
                + Names.endpoint(where)
                + " answers "
                + connection.getResponseCode()
                + ": does --agent name its --probe-listen?");
      }
      try (InputStream body = connection.getInputStream()) {
        return new String(readAll(body, patience), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new AgentException(
          "no agent answers at "
              + Names.endpoint(where)
              + " ("
              + e.getMessage()
              + "): is it running on this node, and does --agent name its --probe-listen?",
          e);
    }
  }

  /** Where no agent runs, anybody on the host may answer, without end or byte by byte. */
  private static byte[] readAll(InputStream body, Duration patience) throws IOException {
    long begin = System.nanoTime();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] some = new byte[1 << 16];
    for (int length = body.read(some); length >= 0; length = body.read(some)) {
      all.write(some, 0, length);
      if (all.size() > MAX_BYTES || System.nanoTime() - begin > patience.toNanos()) {
        throw new IOException("its answer does not end");
      }
    }
    return all.toByteArray();
  }
}
