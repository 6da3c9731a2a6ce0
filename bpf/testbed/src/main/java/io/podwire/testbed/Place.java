package io.podwire.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Somewhere in a {@link Testbed} to run commands: a pod, the node, or a host outside the node. */
public final class Place {

  // Joins the cgroup before anything else, so that the command never runs where the testbed could
  // not end it.
  private static final String ENTER = "echo $$ >\"$0/cgroup.procs\" && exec \"$@\"";

  private final String name;
  private final long pid;
  private final Path cgroup;
  private final List<InetAddress> addresses;
  private final OptionalInt cpu;

  Place(String name, long pid, Path cgroup, List<InetAddress> addresses) {
    this(name, pid, cgroup, List.copyOf(addresses), OptionalInt.empty());
  }

  private Place(String name, long pid, Path cgroup, List<InetAddress> addresses, OptionalInt cpu) {
    this.name = name;
    this.pid = pid;
    this.cgroup = cgroup;
    this.addresses = addresses;
    this.cpu = cpu;
  }

  /** The pod's name, {@code node} or {@code outside}. */
  public String name() {
    return name;
  }

  /** The cgroup of its processes, which no other place shares. */
  public Path cgroup() {
    return cgroup;
  }

  /**
   * User and system time of all that ran here so far, in microseconds. A softirq that interrupts a
   * process counts as its time, but for kernels with {@code CONFIG_IRQ_TIME_ACCOUNTING}.
   */
  public long cpuMicros() {
    try (Stream<String> lines = Files.lines(cgroup.resolve("cpu.stat"))) {
      return lines
          .filter(line -> line.startsWith("user_usec ") || line.startsWith("system_usec "))
          .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Path of its network namespace. */
  public String netns() {
    return "/proc/" + pid + "/ns/net";
  }

  /**
   * Every address but loopback and link-local ones; of the node, also those that masqueraded
   * connections come from.
   */
  public List<InetAddress> addresses() {
    return addresses;
  }

  /** A pod's IP; of pods with a macvlan, on the layer 2 network that node and outside share. */
  public InetAddress ipv4() {
    return addresses.get(0);
  }

  /** A pod's IP; of pods with a macvlan, on the layer 2 network that node and outside share. */
  public InetAddress ipv6() {
    return addresses.get(1);
  }

  /** The other address of a pod with a macvlan: behind the node, which routes to it (veth). */
  public InetAddress routedIpv4() {
    return addresses.get(2);
  }

  /** The other address of a pod with a macvlan: behind the node, which routes to it (veth). */
  public InetAddress routedIpv6() {
    return addresses.get(3);
  }

  /** The same place, with its commands pinned to a CPU. */
  public Place onCpu(int number) {
    return new Place(name, pid, cgroup, addresses, OptionalInt.of(number));
  }

  /**
   * Prepares a command that runs in this place's network namespace and cgroup; it ends with the
   * testbed at the latest. The process id is the command's own.
   */
  public ProcessBuilder command(String... command) {
    List<String> line = new ArrayList<>();
    line.addAll(List.of("sh", "-c", ENTER, cgroup.toString()));
    line.addAll(List.of("nsenter", "--net=" + netns()));
    cpu.ifPresent(number -> line.addAll(List.of("taskset", "-c", Integer.toString(number))));
    line.addAll(List.of(command));
    return new ProcessBuilder(line);
  }

  /**
   * Runs a command to its end.
   *
   * @return what it wrote to its standard output and error
   * @throws TestbedException when it exits with anything but 0
   */
  public String run(String... command) {
    try {
      Process process = command(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.waitFor();
      if (exit != 0) {
        throw new TestbedException(
            String.join(" ", command) + " in " + name + ": exit " + exit + ": " + output.strip());
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TestbedException("interrupted while running " + command[0] + " in " + name, e);
    }
  }

  @Override
  public String toString() {
    return name + addresses;
  }
}
