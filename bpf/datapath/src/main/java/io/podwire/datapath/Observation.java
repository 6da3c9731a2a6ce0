package io.podwire.datapath;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * An open end of a connection that would have joined while the node only observed.
 *
 * @param client the address that it was connected from
 * @param listener its own address and port, also behind DNAT
 * @param role which end this is
 * @param nanos when it was established, ns of CLOCK_MONOTONIC, which is System.nanoTime() on Linux
 * @param messages that this end has received so far, as {@link Counter#OBSERVED_MESSAGES} estimates
 *     them
 * @param bytes of those
 */
public record Observation(
    InetAddress client,
    InetSocketAddress listener,
    Role role,
    long nanos,
    long messages,
    long bytes) {}
