package io.podwire.bench;

/**
 * CPU time of one transaction, both ends together.
 *
 * @param userMicros microseconds in user mode, from {@code getrusage(2)}
 * @param systemMicros microseconds in the kernel, from {@code getrusage(2)}
 * @param softirqMicros microseconds in soft interrupts on the CPUs of both ends, from {@code
 *     /proc/stat}; contained in the other two unless the kernel has {@code
 *     CONFIG_IRQ_TIME_ACCOUNTING}
 */
public record CpuCost(double userMicros, double systemMicros, double softirqMicros) {

  /** The share of each of so many transactions. */
  public static CpuCost of(CpuTime processes, KernelTime kernel, long transactions) {
    return new CpuCost(
        processes.userMicros() / transactions,
        processes.systemMicros() / transactions,
        (double) kernel.softirqMicros() / transactions);
  }
}
