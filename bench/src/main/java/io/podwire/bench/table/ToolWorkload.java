package io.podwire.bench.table;

import io.podwire.bench.Unit;
import io.podwire.bench.model.ExpectedJoining;
import io.podwire.bench.model.Link;
import io.podwire.testbed.Ends;
import io.podwire.testbed.Scratch;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/** A workload, put together from what it does. */
record ToolWorkload(
    String name,
    String title,
    String tool,
    Unit unit,
    Work work,
    ExpectedJoining joining,
    Function<Link, Optional<String>> obstacles,
    BiFunction<Ends, Scratch, Session> starter)
    implements Workload {

  @Override
  public Optional<String> obstacle(Link link) {
    return obstacles.apply(link);
  }

  @Override
  public Session start(Ends ends, Scratch scratch) {
    return starter.apply(ends, scratch);
  }

  @Override
  public String toString() {
    return name;
  }
}
