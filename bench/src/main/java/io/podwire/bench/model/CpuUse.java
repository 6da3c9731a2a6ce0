package io.podwire.bench.model;

/**
 * CPU time of a round, in microseconds.
 *
 * @param client user and system time of everything that ran at the client's end, by its cgroup
 * @param server the same of the server's end
 * @param softirq of the CPUs that both ends ran on, by {@code /proc/stat}, whose unit is 10 ms;
 *     contained in the others unless the kernel has {@code CONFIG_IRQ_TIME_ACCOUNTING}
 */
public record CpuUse(double client, double server, double softirq) {

  /** What was used since {@code before}. */
  public CpuUse since(CpuUse before) {
    return new CpuUse(client - before.client, server - before.server, softirq - before.softirq);
  }

  /** The share of one unit of work, where this was used for {@code work} units. */
  public CpuUse per(double work) {
    return new CpuUse(client / work, server / work, softirq / work);
  }
}
