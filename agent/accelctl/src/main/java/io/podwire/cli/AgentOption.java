package io.podwire.cli;

import io.podwire.agent.AgentException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Option;

/** Where the agent of this node answers. */
final class AgentOption {

  private static final int PATIENCE_MILLIS = 5_000;

  @Option(
      names = "--agent",
      paramLabel = "ADDRESS:PORT",
      converter = ListenConverter.class,
      defaultValue = "${env:PODWIRE_PROBE_LISTEN:-" + ListenConverter.PROBES + "}",
      description =
          "where the agent answers this host; default: $PODWIRE_PROBE_LISTEN, or "
              + ListenConverter.PROBES)
  private InetSocketAddress agent;

  /**
   * What the agent says of this node, as it wrote it.
   *
   * @throws AgentException where none answers
   */
  String pods() {
    InetAddress host = agent.getAddress();
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://" + literal(host) + ":" + agent.getPort() + "/pods")
                  .toURL()
                  .openConnection(Proxy.NO_PROXY);
      connection.setConnectTimeout(PATIENCE_MILLIS);
      connection.setReadTimeout(PATIENCE_MILLIS);
      if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
        throw new AgentException(
            "the agent at "
                + host.getHostAddress()
                + ":"
                + agent.getPort()
                + " answers "
                + connection.getResponseCode()
                + ": does --agent name its --probe-listen?");
      }
      try (InputStream body = connection.getInputStream()) {
        return new String(body.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new AgentException(
          "no agent answers at "
              + host.getHostAddress()
              + ":"
              + agent.getPort()
              + " ("
              + e.getMessage()
              + "): is it running on this node, and does --agent name its --probe-listen?",
          e);
    }
  }

  private static String literal(InetAddress host) {
    String text = host.getHostAddress();
    return text.contains(":") ? "[" + text + "]" : text;
  }
}
