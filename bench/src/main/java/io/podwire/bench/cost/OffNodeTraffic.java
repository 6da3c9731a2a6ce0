package io.podwire.bench.cost;

import io.podwire.bench.Unit;

/** What runs between a pod and a host outside the node. */
enum OffNodeTraffic {
  LATENCY("off-node-latency", "Latency, pod to a host outside", Unit.MICROS),
  THROUGHPUT("off-node-throughput", "Throughput, pod to a host outside", Unit.GIGABITS),
  CONNECTIONS_OUT(
      "off-node-connections-out", "Connections, pod to a host outside", Unit.CONNECTIONS),
  CONNECTIONS_IN("off-node-connections-in", "Connections, host outside to a pod", Unit.CONNECTIONS);

  private final String title;
  private final String identifier;
  private final Unit unit;

  OffNodeTraffic(String identifier, String title, Unit unit) {
    this.identifier = identifier;
    this.title = title;
    this.unit = unit;
  }

  /** The traffic for people. */
  String title() {
    return title;
  }

  Unit unit() {
    return unit;
  }

  /** The traffic in {@code report.json}. */
  @Override
  public String toString() {
    return identifier;
  }
}
