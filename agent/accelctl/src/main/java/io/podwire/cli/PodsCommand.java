package io.podwire.cli;

import io.podwire.agent.OneLine;
import io.podwire.agent.PodsDocument;
import java.io.PrintWriter;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code accelctl pods}: asks the agent of this node about its pods. */
@Command(
    name = "pods",
    description =
        "Shows the pods of this node, their addresses, and whether they are selected and why; asks"
            + " the agent.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class PodsCommand implements Runnable {

  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Mixin private final AgentOption agent = new AgentOption();

  @Override
  public void run() {
    String json = agent.pods();
    PodsDocument document = PodsDocument.parse(json);
    if (answer.isJson()) {
      answer.out().println(json);
    } else {
      print(document, answer.out());
    }
  }

  private static String addresses(PodsDocument.Entry pod) {
    return pod.addresses().stream()
        .map(address -> address + " (" + pod.sources().getOrDefault(address, "?") + ")")
        .collect(Collectors.joining(" "));
  }

  /** Whoever answers at the agent's port may say what he likes. */
  private static void say(PrintWriter out, String line) {
    out.println(OneLine.printable(line));
  }

  private static void print(PodsDocument document, PrintWriter out) {
    int width =
        document.pods().stream()
            .mapToInt(pod -> pod.namespace().length() + 1 + pod.name().length())
            .max()
            .orElse(0);
    for (PodsDocument.Entry pod : document.pods()) {
      String name = pod.namespace() + "/" + pod.name();
      say(
          out,
          name
              + " ".repeat(width + 2 - name.length())
              + (pod.selected() ? "selected      " : "not selected  ")
              + pod.reason()
              + (pod.addresses().isEmpty() ? "" : "  " + addresses(pod)));
      pod.refused().forEach((address, why) -> say(out, "  not " + address + ": " + why));
    }
    long selected = document.pods().stream().filter(PodsDocument.Entry::selected).count();
    say(
        out,
        Wording.count(document.pods().size(), "pod", "pods")
            + " on node "
            + document.node()
            + ", "
            + selected
            + " selected"
            + (document.ready() ? "" : "; the agent is not ready: " + document.obstacle()));
  }
}
