package io.podwire.bench.model;

import io.podwire.bench.Unit;
import io.podwire.testbed.Placement;
import java.util.Optional;

/** What a column of the table says of itself, whatever ran it. */
public interface Column {

  /** What CPU time is told for. */
  enum Work {
    TRANSACTION,
    GIGABYTE
  }

  /** For {@code report.json} and {@code --workload}: lower case with dashes. */
  String name();

  /** For a table's head: a few words. */
  String title();

  /** What runs, as a reader would type it. */
  String tool();

  Unit unit();

  Work work();

  ExpectedJoining joining();

  /** Where both ends run; empty: where those of the whole table do. */
  default Optional<Placement> placement() {
    return Optional.empty();
  }
}
