package io.podwire.bench.model;

import io.podwire.bench.Unit;
import io.podwire.testbed.Placement;
import java.util.Optional;

/** What a column of the table says of itself, whatever ran it. */
public interface Column {

  /** The unit of work that CPU time is told for. */
  enum Work {
    /** A message, a request or a connection, there and back. */
    TRANSACTION,
    /** 10^9 bytes one way. */
    GIGABYTE
  }

  /** The name in {@code report.json} and of {@code --workload}: lower case with dashes. */
  String name();

  /** The title in a table's head: a few words. */
  String title();

  /** What runs, as a reader would type it. */
  String tool();

  /** What the values of its cells are in. */
  Unit unit();

  /** What its CPU time is told for. */
  Work work();

  /** What its connections are to do where they are accelerated. */
  ExpectedJoining joining();

  /** Where both ends run; empty where they run as those of the whole table do. */
  default Optional<Placement> placement() {
    return Optional.empty();
  }
}
