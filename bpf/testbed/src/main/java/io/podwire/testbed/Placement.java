package io.podwire.testbed;

import java.util.List;
import java.util.Locale;

/** Where the two ends of a workload run. */
public enum Placement {
  /** Both on one CPU: the software path alone, without the wake-up of another CPU. */
  SAME,
  /**
   * Each on a CPU of its own. On small virtual machines this measures the hypervisor's wake-ups.
   */
  SPLIT,
  /** Wherever the scheduler puts them. */
  ANY;

  private static final int CPUS_FOR_ANY = 4;

  /** {@link #SAME}, and {@link #ANY} beside it on machines with at least four CPUs. */
  public static List<Placement> defaults() {
    int cpus = Runtime.getRuntime().availableProcessors();
    return cpus >= CPUS_FOR_ANY ? List.of(SAME, ANY) : List.of(SAME);
  }

  /** The value of {@code --cpu}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
