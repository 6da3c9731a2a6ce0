package io.podwire.datapath;

import java.util.Optional;

/**
 * What operators and agents switch on a node, which costs little to read.
 *
 * @param state whether connections join
 * @param authority who said so
 * @param build of the programs that they would join; empty where nothing is loaded
 */
public record Switch(State state, Authority authority, Optional<Build> build) {}
