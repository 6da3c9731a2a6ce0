package io.podwire.bench.model;

import io.podwire.testbed.Placement;
import java.util.List;

/**
 * What a run was asked for.
 *
 * @param profile name of how much was to be measured
 * @param rounds pairs of rounds, off and on, of each comparison
 * @param seconds length of one round of the headline
 * @param tableSeconds length of one round of the table
 * @param messageSizes bytes of a message
 * @param placements where both ends run, one after the other
 * @param services how many Services the node's rules hold beside the one that is measured
 * @param nullTest whether the table alone is measured, off against off: the bench's own noise
 */
public record RunOptions(
    String profile,
    int rounds,
    int seconds,
    double tableSeconds,
    List<Integer> messageSizes,
    List<Placement> placements,
    int services,
    boolean nullTest) {}
