package io.podwire.cluster;

import java.util.Optional;

/**
 * Where in a cluster two pods are made.
 *
 * @param node name of the Node of both pods
 * @param namespace where both pods are made
 * @param image of both pods; the agent's where it is empty
 */
public record ClusterPlace(String node, String namespace, Optional<String> image) {}
