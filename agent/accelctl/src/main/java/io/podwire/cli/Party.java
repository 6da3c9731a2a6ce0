package io.podwire.cli;

import io.podwire.agent.AgentException;
import io.podwire.agent.PodsDocument;
import io.podwire.datapath.Prefix;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Somebody whose connections are asked about.
 *
 * @param name as output names it: {@code namespace/pod (ADDRESS)}, or the address
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
   * @throws IllegalArgumentException where the text is neither
   * @throws AgentException where a pod is named that no agent knows
   */
  static Party parse(String text, Optional<PodsDocument> pods) {
    boolean hasPort = text.matches("\\[.*]:\\d{1,5}|[^:]*:\\d{1,5}");
    int colon = text.lastIndexOf(':');
    OptionalInt port = hasPort ? OptionalInt.of(port(text, colon)) : OptionalInt.empty();
    String who = (hasPort ? text.substring(0, colon) : text).replaceAll("^\\[(.*)]$", "$1");
    return who.contains("/")
        ? ofPod(entry(who, pods), port)
        : ofAddress(Prefix.address(who), port, pods);
  }

  private static int port(String text, int colon) {
    int port = Integer.parseInt(text.substring(colon + 1));
    if (port == 0 || port > MAX_PORT) {
      throw new IllegalArgumentException(text + ": a port is 1 to " + MAX_PORT);
    }
    return port;
  }

  private static PodsDocument.Entry entry(String name, Optional<PodsDocument> pods) {
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

  private static Party ofPod(PodsDocument.Entry pod, OptionalInt port) {
    Set<Prefix> addresses =
        Stream.concat(pod.addresses().stream(), pod.refused().keySet().stream())
            .map(Prefix::address)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    String shown = addresses.stream().map(Prefix::toString).collect(Collectors.joining(", "));
    return new Party(
        name(pod) + (shown.isEmpty() ? "" : " (" + shown + ")"), addresses, port, Optional.of(pod));
  }

  private static Party ofAddress(Prefix address, OptionalInt port, Optional<PodsDocument> pods) {
    return pods.stream()
        .flatMap(document -> document.pods().stream())
        .filter(pod -> pod.addresses().contains(address.toString()))
        .findFirst()
        .map(pod -> ofPod(pod, port))
        .orElseGet(() -> new Party(address.toString(), Set.of(address), port, Optional.empty()));
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
