package io.podwire.agent;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which pods and Services have which addresses, as the agent of this node says. Only pods that are
 * selected: the addresses of one in the host's network are the node's.
 */
public final class Names {

  /** What is known where no agent answers. */
  public static final Names NONE = new Names(Map.of(), Map.of());

  /** Where no agent runs, anybody on the host may answer, and a terminal obeys what is printed. */
  private static final Pattern NO_NAME = Pattern.compile("[^a-zA-Z0-9./-]");

  /**
   * A pod; its parts as Kubernetes names them.
   *
   * @param workload {@code deployment/web}; empty where the agent does not say
   */
  public record Pod(String namespace, String name, Optional<String> workload) {

    private static Pod of(PodsDocument.Entry entry) {
      return new Pod(
          harmless(entry.namespace()),
          harmless(entry.name()),
          Optional.ofNullable(entry.workload()).map(Names::harmless));
    }

    @Override
    public String toString() {
      return namespace + "/" + name;
    }
  }

  /**
   * What made some pods.
   *
   * @param namespace its namespace
   * @param name {@code deployment/web}
   */
  public record Workload(String namespace, String name) {

    @Override
    public String toString() {
      return namespace + "/" + name;
    }
  }

  /** An address that two pods have is nobody's. */
  private final Map<String, Optional<Pod>> pods;

  private final Map<String, String> services;

  private Names(Map<String, Optional<Pod>> pods, Map<String, String> services) {
    this.pods = pods;
    this.services = services;
  }

  /** What an agent says. */
  public static Names of(PodsDocument document) {
    Map<String, Optional<Pod>> pods = new HashMap<>();
    for (PodsDocument.Entry entry : document.pods()) {
      if (entry.selected()) {
        Optional<Pod> pod = Optional.of(Pod.of(entry));
        entry.addresses().forEach(a -> pods.merge(a, pod, (one, other) -> Optional.empty()));
      }
    }
    Map<String, String> services = new HashMap<>();
    document.services().forEach((address, name) -> services.put(address, harmless(name)));
    return new Names(pods, services);
  }

  private static String harmless(String name) {
    return NO_NAME.matcher(name).replaceAll("?");
  }

  /** The pod that has an address. */
  public Optional<Pod> pod(InetAddress address) {
    return pods.getOrDefault(address.getHostAddress(), Optional.empty());
  }

  /** The workload of the pod that has an address. */
  public Optional<Workload> workload(InetAddress address) {
    return pod(address)
        .flatMap(pod -> pod.workload().map(name -> new Workload(pod.namespace(), name)));
  }

  /** The Service at an address, and its port: {@code namespace/service:port}. */
  public Optional<String> service(InetSocketAddress address) {
    return Optional.ofNullable(services.get(address.getAddress().getHostAddress()))
        .map(name -> name + ":" + address.getPort());
  }

  /** The pod that has an address; the address where none is known. */
  public String of(InetAddress address) {
    return pod(address).map(Pod::toString).orElseGet(address::getHostAddress);
  }

  /** Who is at an address, with the port; the address where nobody is known. */
  public String of(InetSocketAddress address) {
    return pod(address.getAddress())
        .map(pod -> pod + ":" + address.getPort())
        .or(() -> service(address))
        .orElseGet(() -> endpoint(address));
  }

  /** An address and its port in figures. */
  public static String endpoint(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
