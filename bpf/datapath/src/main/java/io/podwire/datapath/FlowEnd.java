package io.podwire.datapath;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * One end of a flow that is in the sockhash, or left and is still held by a thread asleep on it.
 *
 * @param local its own address
 * @param remote its peer's address as this end sees it: before NAT at the client, after at the
 *     server
 * @param netns cookie of its network namespace (as {@code SO_NETNS_COOKIE} has it)
 * @param container id of the cgroup that the socket was made in; 0 where not known
 * @param joinedNanos when it joined, ns of CLOCK_MONOTONIC, which is System.nanoTime() on Linux
 * @param redirected messages that it sent and that were redirected
 * @param redirectedBytes bytes of those
 * @param retired why what it sends goes over TCP again; empty while it is redirected
 * @param shifted why what it sends goes over TCP until its reader has read all of that; empty while
 *     it is redirected
 * @param shifts how often what it sends went over TCP for a while
 * @param returns how often it joined again after it had gone back to TCP
 * @param joining how it joined first
 * @param unread messages that wait in its own queue, at most 1,024 counted
 * @param unreadBytes bytes of those
 */
public record FlowEnd(
    InetSocketAddress local,
    InetSocketAddress remote,
    long netns,
    long container,
    long joinedNanos,
    long redirected,
    long redirectedBytes,
    Optional<Counter> retired,
    Optional<Counter> shifted,
    int shifts,
    int returns,
    Joining joining,
    int unread,
    int unreadBytes) {}
