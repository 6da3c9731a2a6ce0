package io.podwire.cluster;

import io.podwire.datapath.Authority;
import io.podwire.datapath.Settings;
import io.podwire.datapath.State;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Answers of nodes on which nothing has happened yet. */
public final class NodeStatuses {

  private NodeStatuses() {}

  public static NodeStatus of(State state, Authority by) {
    return new NodeStatus(
        state,
        by,
        Optional.empty(),
        Optional.empty(),
        0,
        OptionalDouble.empty(),
        Settings.DEFAULT,
        Map.of());
  }
}
