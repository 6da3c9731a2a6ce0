package io.podwire.bench.model;

import java.util.List;

/**
 * One of the things that a latency comparison sets side by side.
 *
 * @param tool what sends the messages
 * @param route which way they go
 */
public record LatencyCase(Tool tool, Route route) {

  /** All cases, in the order of a round. */
  public static final List<LatencyCase> ALL =
      List.of(
          new LatencyCase(Tool.SOCKPERF, Route.OFF),
          new LatencyCase(Tool.SOCKPERF, Route.ON),
          new LatencyCase(Tool.PINGPONG, Route.OFF),
          new LatencyCase(Tool.PINGPONG, Route.ON),
          new LatencyCase(Tool.PINGPONG, Route.UNIX),
          new LatencyCase(Tool.PINGPONG, Route.LOOPBACK),
          new LatencyCase(Tool.PINGPONG, Route.PIPE));

  /** The cases that no acceleration touches. */
  public static final List<LatencyCase> YARDSTICKS =
      ALL.stream()
          .filter(aCase -> aCase.route() != Route.OFF && aCase.route() != Route.ON)
          .toList();

  @Override
  public String toString() {
    return tool + " " + route.title();
  }
}
