package io.podwire.agent;

import java.util.Map;

/** Where the agent learns what pods there are: the API server, or memory in a test. */
interface Cluster extends AutoCloseable {

  /**
   * Begins to follow it, and returns at once.
   *
   * @param changed called after every change that concerns the agent, from any thread
   */
  void follow(Runnable changed);

  /** What is known now. */
  ClusterView view();

  /** The Services that are known now, {@code namespace/name}, by each of their addresses. */
  Map<String, String> services();

  /** Whether each watch is connected now, by the resource's name. */
  Map<String, Boolean> watches();

  @Override
  void close();
}
