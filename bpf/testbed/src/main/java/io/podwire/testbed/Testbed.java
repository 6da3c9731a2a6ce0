package io.podwire.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * A node with pods, and a host outside of it, made of network namespaces.
 *
 * <p>What lies between the pods is a {@link Network}; or, for tests, every pod has {@code eth0}, a
 * macvlan (bridge mode) on the node's private {@code uplink}, whose other end is the host {@link
 * #outside()}; and {@code net1}, a veth to the node, which routes and forwards and is where NAT
 * rules can be added. Addresses are IPv4 and IPv6, and the same in every testbed: each has network
 * namespaces of its own.
 *
 * <p>One process holds it all: {@code node.sh}, the node, which watches a pipe from this JVM. It is
 * not thread-safe to close it while commands are being started.
 */
public final class Testbed implements AutoCloseable {

  private static final String NODE = "node";
  private static final String OUTSIDE = "outside";
  private static final String SERVER = "server";
  private static final String CLIENT = "client";
  private static final List<String> SCRIPTS = List.of("rules.sh", "layouts.sh", "node.sh");

  private final Process node;
  private final Path cgroup;
  private final Map<String, Place> places = new HashMap<>();
  private final Map<String, List<InetAddress>> targets = new HashMap<>();

  private Testbed(Process node, Path cgroup) {
    this.node = node;
    this.cgroup = cgroup;
  }

  /**
   * Makes a testbed with a macvlan and a veth in every pod, and no rules; needs root.
   *
   * @param pods names of the pods
   * @throws TestbedException when something is missing, a cgroup v2 hierarchy for example, with
   *     what to do about it
   */
  public static Testbed open(String... pods) {
    return open("pods", 0, pods);
  }

  /**
   * Makes a testbed with the pods {@code "server"} and {@code "client"}; needs root. On the
   * loopback network both are no more than cgroups of the node.
   *
   * @param services how many Services there are that nobody calls, where the network has Services.
   *     A Service's first packet passes their rules.
   * @throws TestbedException when something is missing, a cgroup v2 hierarchy for example, with
   *     what to do about it
   */
  public static Testbed open(Network network, int services) {
    return network == Network.VETH_REDIRECT
        ? open(network.toString(), services, redirect())
        : open(network.toString(), services);
  }

  private static Testbed open(String layout, int services, String... arguments) {
    // The process id alone would not do: containers count theirs from one.
    String unique = "%d-%08x".formatted(ProcessHandle.current().pid(), new Random().nextInt());
    Path cgroup = cgroupRoot().resolve("podwire-testbed-" + unique);
    List<String> command = new ArrayList<>();
    command.addAll(List.of("setsid", "unshare", "--net", "--mount", "bash", "-c", script()));
    command.addAll(List.of("node.sh", cgroup.toString(), layout, Integer.toString(services)));
    command.addAll(List.of(arguments));
    Process node;
    try {
      node = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new TestbedException(
          "cannot start a testbed: " + e.getMessage() + ": apt-get install util-linux bash", e);
    }
    Testbed bed = new Testbed(node, cgroup);
    try {
      bed.awaitPlaces();
      return bed;
    } catch (RuntimeException e) {
      bed.close();
      throw e;
    }
  }

  /** Where cgroup v2 is mounted: a hybrid machine has it beside the v1 controllers. */
  public static Path cgroupRoot() {
    return Proc.read("/proc/self/mounts").stream()
        .map(line -> line.split(" "))
        .filter(mount -> mount.length > 2 && mount[2].equals("cgroup2"))
        .map(mount -> Path.of(mount[1].replace("\\040", " ")))
        .findFirst()
        .orElseThrow(
            () ->
                new TestbedException(
                    "no cgroup v2 hierarchy is mounted: mount -t cgroup2 none /sys/fs/cgroup/unified"));
  }

  /** One of the pods. */
  public Place pod(String name) {
    if (name.equals(NODE) || name.equals(OUTSIDE) || !places.containsKey(name)) {
      throw new IllegalArgumentException("no pod " + name + " in " + places.keySet());
    }
    return places.get(name);
  }

  /**
   * Where a connection's ends are, and what they use.
   *
   * @return empty where this network has no such thing
   */
  public Optional<Ends> ends(Target target, Family family) {
    return Optional.ofNullable(targets.get(target.toString()))
        .map(
            to ->
                new Ends(
                    pod(SERVER),
                    pod(CLIENT),
                    pod(SERVER).addresses().get(family.ordinal()),
                    to.get(family.ordinal())));
  }

  /** The node's own network namespace. */
  public Place node() {
    return places.get(NODE);
  }

  /**
   * A host beyond the node's uplink, and so on the layer 2 network of pods with a macvlan; its
   * processes are not in {@link #cgroup()}. It is the router of {@link Network#MACVLAN_ROUTED}.
   */
  public Place outside() {
    return places.get(OUTSIDE);
  }

  /** The cgroup of everything that runs on the node. */
  public Path cgroup() {
    return cgroup.resolve(NODE);
  }

  /** A directory for pins, which does not exist yet, on a bpffs that only this testbed has. */
  public Path pinDir() {
    return Path.of("/proc/" + node.pid() + "/root/sys/fs/bpf/podwire");
  }

  /** Ends every process in the testbed and removes it; returns when nothing is left. */
  @Override
  public void close() {
    try {
      node.getOutputStream().close();
      node.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitPlaces() {
    List<String> errors = new ArrayList<>();
    BufferedReader lines = node.inputReader(StandardCharsets.UTF_8);
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.equals("ready")) {
          return;
        }
        String[] words = line.split(" ");
        if (words.length >= 4 && words[1].matches("\\d+")) {
          addPlace(words);
        } else if (words.length == 4 && words[0].equals("to")) {
          targets.put(words[1], addresses(words));
        } else {
          errors.add(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String hint = "root".equals(System.getProperty("user.name")) ? "" : " (a testbed needs root)";
    throw new TestbedException("cannot make a testbed: " + String.join("; ", errors) + hint);
  }

  private void addPlace(String[] words) throws UnknownHostException {
    String name = words[0];
    Path group = name.equals(OUTSIDE) ? cgroup.resolve(OUTSIDE) : cgroup().resolve(name);
    places.put(name, new Place(name, Long.parseLong(words[1]), group, addresses(words)));
  }

  private static List<InetAddress> addresses(String[] words) throws UnknownHostException {
    List<InetAddress> addresses = new ArrayList<>();
    for (String address : Arrays.asList(words).subList(2, words.length)) {
      addresses.add(InetAddress.getByName(address));
    }
    return addresses;
  }

  private static String script() {
    return SCRIPTS.stream()
        .map(name -> new String(resource(name), StandardCharsets.UTF_8))
        .collect(Collectors.joining());
  }

  private static String redirect() {
    return Base64.getEncoder().encodeToString(resource("/io/podwire/testbed/redirect.bpf.o"));
  }

  private static byte[] resource(String name) {
    try (InputStream in = Testbed.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
