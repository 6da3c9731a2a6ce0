package io.podwire.bench.table;

import io.podwire.bench.Unit;
import io.podwire.bench.model.ExpectedJoining;
import io.podwire.bench.model.Link;
import io.podwire.testbed.Ends;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Scratch;
import java.util.Optional;

/**
 * A workload that has a place of its own, whatever that of the table is.
 *
 * @param workload what runs
 * @param where of both ends
 * @param place the same, for people
 */
record PlacedWorkload(Workload workload, Placement where, String place) implements Workload {

  @Override
  public String name() {
    return workload.name() + "-" + where;
  }

  @Override
  public String title() {
    return workload.title() + ", " + place;
  }

  @Override
  public String tool() {
    return workload.tool();
  }

  @Override
  public Unit unit() {
    return workload.unit();
  }

  @Override
  public Work work() {
    return workload.work();
  }

  @Override
  public ExpectedJoining joining() {
    return workload.joining();
  }

  @Override
  public Optional<Placement> placement() {
    return Optional.of(where);
  }

  @Override
  public Optional<String> obstacle(Link link) {
    return workload.obstacle(link);
  }

  @Override
  public Session start(Ends ends, Scratch scratch) {
    return workload.start(ends, scratch);
  }

  @Override
  public String toString() {
    return name();
  }
}
