package io.podwire.testbed;

import java.util.ArrayList;
import java.util.List;

/**
 * The CPUs of both ends.
 *
 * @param server number of the server's CPU, or -1: any
 * @param client number of the client's CPU, or -1: any
 */
public record Cpus(int server, int client) {

  private static final int ANY = -1;

  /**
   * Chooses the last of the allowed CPUs: the first one of a machine takes most of its interrupts.
   *
   * @param allowed a kernel CPU list, such as {@code 0-3,8}
   */
  public static Cpus choose(Placement placement, String allowed) {
    List<Integer> cpus = parse(allowed);
    int last = cpus.get(cpus.size() - 1);
    return switch (placement) {
      case SAME -> new Cpus(last, last);
      case ANY -> new Cpus(ANY, ANY);
      case SPLIT -> {
        if (cpus.size() < 2) {
          throw new TestbedException(
              "cannot put the two ends on two CPUs: this process may use only CPU " + last);
        }
        yield new Cpus(last, cpus.get(cpus.size() - 2));
      }
    };
  }

  /** {@link #choose(Placement, String)} among the CPUs that this process may use. */
  public static Cpus choose(Placement placement) {
    return choose(placement, Proc.value("/proc/self/status", "Cpus_allowed_list"));
  }

  public Place server(Place place) {
    return server == ANY ? place : place.onCpu(server);
  }

  public Place client(Place place) {
    return client == ANY ? place : place.onCpu(client);
  }

  /** The CPUs for people, such as {@code both ends on CPU 1}. */
  @Override
  public String toString() {
    if (server == ANY) {
      return "not pinned";
    }
    return server == client
        ? "both ends on CPU " + server
        : "server on CPU " + server + ", client on CPU " + client;
  }

  private static List<Integer> parse(String list) {
    List<Integer> cpus = new ArrayList<>();
    for (String range : list.split(",")) {
      String[] ends = range.split("-");
      for (int cpu = Integer.parseInt(ends[0]);
          cpu <= Integer.parseInt(ends[ends.length - 1]);
          cpu++) {
        cpus.add(cpu);
      }
    }
    return cpus;
  }
}
