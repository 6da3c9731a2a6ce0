package io.podwire.bench.table;

import java.util.List;

/** The columns of the table. */
public final class Workloads {

  private Workloads() {}

  /** All of them, in the order of the published tables. */
  public static List<Workload> all() {
    return List.of();
  }
}
