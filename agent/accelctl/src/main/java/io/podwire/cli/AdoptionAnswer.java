package io.podwire.cli;

import io.podwire.datapath.Adoption;
import io.podwire.datapath.Finding;
import java.io.PrintWriter;
import java.util.Map;
import java.util.stream.Collectors;

/** What came of an adoption, for people. */
final class AdoptionAnswer {

  private AdoptionAnswer() {}

  static void writeText(Adoption adoption, PrintWriter out) {
    out.printf(
        "found: %s in %s%n",
        Wording.count(adoption.pairs(), "connection", "connections"),
        Wording.count(adoption.namespaces(), "network namespace", "network namespaces"));
    out.printf("adopted: %d%n", adoption.adopted());
    out.printf("returned: %d%n", adoption.returned());
    writeText("busy, to be tried again", adoption.busy(), out);
    writeText("refused", adoption.refused(), out);
    if (adoption.denied() > 0) {
      out.printf(
          "not seen: %s that the kernel hides%n",
          Wording.count(adoption.denied(), "process", "processes"));
    }
  }

  private static void writeText(String what, Map<Finding, Integer> found, PrintWriter out) {
    if (!found.isEmpty()) {
      out.println(
          what
              + ": "
              + found.entrySet().stream()
                  .map(entry -> entry.getValue() + " " + reason(entry.getKey()))
                  .collect(Collectors.joining(", ")));
    }
  }

  /** Why a connection did not join. */
  private static String reason(Finding finding) {
    return switch (finding) {
      case ADOPTED, RETURNED -> finding.toString();
      case AWAITED -> "with one end ready";
      case BUSY_BYTES -> "with bytes on their way";
      case BUSY_READER -> "whose readers cannot be told";
      case BUSY_LEAVING -> "on their way back to TCP";
      case BUSY_RETURNED -> "that returned not long ago";
      case REFUSED_SOCKET -> "by an option or a reader that a joined socket cannot keep";
      case REFUSED_INCOMPATIBLE -> "incompatible (accelctl forget)";
      case REFUSED_REASON -> "for why they went back to TCP";
      case REFUSED_POLICY -> "since network policies changed";
      case REFUSED_ROOM -> "for want of room, or by another accelerator";
    };
  }
}
