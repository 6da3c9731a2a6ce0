package io.podwire.cli;

import io.podwire.agent.AgentException;
import io.podwire.agent.PodsDocument;
import io.podwire.datapath.Prefix;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.TypeConversionException;

/**
 * Somebody whose connections are asked about.
 *
 * @param name {@code namespace/pod}, or the address
 * @param addresses all that are its own
 * @param port the only one that is asked about; empty for all
 * @param pod what the agent says of it; empty where it knows of none
 */
record Party(
    String name, Set<Prefix> addresses, OptionalInt port, Optional<PodsDocument.Entry> pod) {

  private static final int MAX_PORT = 65_535;

  /**
   * Reads {@code namespace/pod} or an address, each with a port behind a colon.
   *
   * @param pods what the agent of this node says; empty where none answers
   * @throws IllegalArgumentException where the port is none, or the address a Service's
   * @throws TypeConversionException where the text is neither
   * @throws AgentException where a pod is named that no agent knows
   */
  static Party parse(String text, Optional<PodsDocument> pods) {
    boolean hasPort = text.matches("\\[.*]:\\d{1,5}|[^:]*:\\d{1,5}");
    int colon = text.lastIndexOf(':');
    OptionalInt port = hasPort ? OptionalInt.of(port(text, colon)) : OptionalInt.empty();
    String who = (hasPort ? text.substring(0, colon) : text).replaceAll("^\\[(.*)]$", "$1");
    if (who.contains("/")) {
      return of(pod(who, pods), port);
    }
    Prefix address = new AddressConverter().convert(who);
    requirePod(address, who, pods);
    return podWith(address, pods)
        .map(pod -> of(pod, port))
        .orElseGet(() -> new Party(address.toString(), Set.of(address), port, Optional.empty()));
  }

  private static int port(String text, int colon) {
    int port = Integer.parseInt(text.substring(colon + 1));
    if (port == 0 || port > MAX_PORT) {
      throw new IllegalArgumentException(text + ": a port is 1 to " + MAX_PORT);
    }
    return port;
  }

  private static void requirePod(Prefix address, String text, Optional<PodsDocument> pods) {
    String service = pods.map(document -> document.services().get(address.toString())).orElse(null);
    if (service != null) {
      throw new IllegalArgumentException(
          text + " is the Service " + service + ": name a pod behind it");
    }
  }

  private static PodsDocument.Entry pod(String name, Optional<PodsDocument> pods) {
    PodsDocument document =
        pods.orElseThrow(
            () ->
                new AgentException(
                    "no agent answers that knows pod " + name + ": name it by its address"));
    return document.pods().stream()
        .filter(pod -> name(pod).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new AgentException(
                    "no pod "
                        + name
                        + " on node "
                        + document.node()
                        + ", and only connections within a node are accelerated: accelctl pods"
                        + " lists those that are here"));
  }

  /** Of two pods with that address a selected one; one that ended may still name it. */
  private static Optional<PodsDocument.Entry> podWith(Prefix address, Optional<PodsDocument> pods) {
    String text = address.toString();
    List<PodsDocument.Entry> all = pods.map(PodsDocument::pods).orElse(List.of());
    List<Predicate<PodsDocument.Entry>> ways =
        List.of(
            pod -> pod.selected() && pod.addresses().contains(text),
            pod -> pod.addresses().contains(text),
            pod -> pod.refused().containsKey(text));
    return ways.stream()
        .map(way -> all.stream().filter(way).toList())
        .filter(found -> !found.isEmpty())
        .findFirst()
        .filter(found -> found.size() == 1)
        .map(found -> found.get(0));
  }

  private static Party of(PodsDocument.Entry pod, OptionalInt port) {
    return new Party(name(pod), addresses(pod), port, Optional.of(pod));
  }

  private static Set<Prefix> addresses(PodsDocument.Entry pod) {
    try {
      return Stream.concat(pod.addresses().stream(), pod.refused().keySet().stream())
          .map(Prefix::address)
          .collect(Collectors.toCollection(LinkedHashSet::new));
    } catch (IllegalArgumentException e) {
      throw new AgentException("what answered is no agent of this version", e);
    }
  }

  private static String name(PodsDocument.Entry pod) {
    return pod.namespace() + "/" + pod.name();
  }

  boolean has(InetAddress address) {
    return addresses.contains(Prefix.of(address));
  }

  /** The same, at the port that is asked about. */
  boolean has(InetSocketAddress address) {
    return has(address.getAddress()) && (port.isEmpty() || port.getAsInt() == address.getPort());
  }
}
