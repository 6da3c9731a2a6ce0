package io.podwire.cli;

import io.podwire.agent.AgentException;
import io.podwire.agent.PodsDocument;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code accelctl pods}: asks the agent of this node about its pods. */
@Command(
    name = "pods",
    description =
        "Shows the pods of this node, their addresses, and whether they are selected and why; asks"
            + " the agent.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class PodsCommand implements Runnable {

  private static final int PATIENCE_MILLIS = 5_000;

  @Mixin private final AnswerOptions answer = new AnswerOptions();

  @Option(
      names = "--agent",
      paramLabel = "ADDRESS:PORT",
      converter = ListenConverter.class,
      defaultValue = "${env:PODWIRE_PROBE_LISTEN:-" + ListenConverter.PROBES + "}",
      description =
          "where the agent answers this host; default: $PODWIRE_PROBE_LISTEN, or "
              + ListenConverter.PROBES)
  private InetSocketAddress agent;

  @Override
  public void run() {
    String json = ask();
    PodsDocument document = PodsDocument.parse(json);
    if (answer.isJson()) {
      answer.out().println(json);
    } else {
      print(document, answer.out());
    }
  }

  private String ask() {
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

  private static String addresses(PodsDocument.Entry pod) {
    return pod.addresses().stream()
        .map(address -> address + " (" + pod.sources().getOrDefault(address, "?") + ")")
        .collect(Collectors.joining(" "));
  }

  private static void print(PodsDocument document, PrintWriter out) {
    int width =
        document.pods().stream()
            .mapToInt(pod -> pod.namespace().length() + 1 + pod.name().length())
            .max()
            .orElse(0);
    for (PodsDocument.Entry pod : document.pods()) {
      String name = pod.namespace() + "/" + pod.name();
      out.println(
          name
              + " ".repeat(width + 2 - name.length())
              + (pod.selected() ? "selected      " : "not selected  ")
              + pod.reason()
              + (pod.addresses().isEmpty() ? "" : "  " + addresses(pod)));
      pod.refused().forEach((address, why) -> out.println("  not " + address + ": " + why));
    }
    long selected = document.pods().stream().filter(PodsDocument.Entry::selected).count();
    out.println(
        Wording.count(document.pods().size(), "pod", "pods")
            + " on node "
            + document.node()
            + ", "
            + selected
            + " selected"
            + (document.ready() ? "" : "; the agent is not ready: " + document.obstacle()));
  }
}
