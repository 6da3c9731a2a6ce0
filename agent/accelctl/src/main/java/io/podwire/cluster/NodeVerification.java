package io.podwire.cluster;

import java.util.Optional;

/**
 * Whether connections between two pods of a node were redirected.
 *
 * @param node its name
 * @param byPodIp the connection to the server's own address, where it was redirected both ways
 * @param throughService the one to its Service, likewise
 * @param problem why one was not; empty where both were
 */
public record NodeVerification(
    String node,
    Optional<SeenFlow> byPodIp,
    Optional<SeenFlow> throughService,
    Optional<String> problem) {}
