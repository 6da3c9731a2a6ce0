package io.podwire.bench;

import io.podwire.testbed.Cpus;
import io.podwire.testbed.Proc;
import java.util.List;
import java.util.function.Predicate;

/**
 * Time of CPUs since boot, from {@code /proc/stat}, whose unit is 10 ms. Softirq time is sampled by
 * the timer tick, and is part of what {@code getrusage} says of the process it interrupted, unless
 * the kernel has {@code CONFIG_IRQ_TIME_ACCOUNTING}.
 *
 * @param softirqMicros in soft interrupts
 * @param stealMicros wanted by this machine and taken by the hypervisor
 * @param totalMicros all of it, idle time included
 */
public record KernelTime(long softirqMicros, long stealMicros, long totalMicros) {

  private static final long TICK_MICROS = 10_000; // USER_HZ is 100 on every architecture with a JDK
  private static final int USER = 1;
  private static final int SOFTIRQ = 7;
  private static final int STEAL = 8;

  /** The time of all CPUs until now. */
  public static KernelTime ofMachine() {
    return parse(Proc.read("/proc/stat"), name -> name.equals("cpu"));
  }

  /** The time until now of those CPUs that both ends may run on. */
  public static KernelTime of(Cpus cpus) {
    if (cpus.server() < 0) {
      return ofMachine();
    }
    return parse(
        Proc.read("/proc/stat"),
        name -> name.equals("cpu" + cpus.server()) || name.equals("cpu" + cpus.client()));
  }

  /**
   * The sum over some CPUs.
   *
   * @param stat lines of {@code /proc/stat}
   * @param cpu whether a line counts, by its first word: "cpu" is the line of all, "cpu0" of one
   */
  public static KernelTime parse(List<String> stat, Predicate<String> cpu) {
    long softirq = 0;
    long steal = 0;
    long total = 0;
    for (String line : stat) {
      String[] field = line.split(" +");
      if (cpu.test(field[0])) {
        softirq += Long.parseLong(field[SOFTIRQ]);
        steal += Long.parseLong(field[STEAL]);
        // Guest time, which follows, is contained in user time.
        for (int i = USER; i <= STEAL; i++) {
          total += Long.parseLong(field[i]);
        }
      }
    }
    return new KernelTime(softirq * TICK_MICROS, steal * TICK_MICROS, total * TICK_MICROS);
  }

  /** What passed since {@code before}. */
  public KernelTime since(KernelTime before) {
    return new KernelTime(
        softirqMicros - before.softirqMicros,
        stealMicros - before.stealMicros,
        totalMicros - before.totalMicros);
  }

  /** Steal time in percent of all time. */
  public double stealPercent() {
    return totalMicros == 0 ? 0 : 100.0 * stealMicros / totalMicros;
  }
}
