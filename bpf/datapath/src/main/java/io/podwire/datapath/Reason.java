package io.podwire.datapath;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Why connections of a client and a listener did not join, or went back to TCP: the last time.
 *
 * @param client the address that it connects from; of a masqueraded one that never got so far as to
 *     join, the node's
 * @param listener its own address and port, also behind DNAT
 * @param netns cookie of the listener's network namespace (as {@code SO_NETNS_COOKIE} has it)
 * @param why what was counted
 * @param times one after the other for this reason; two at once may count as one
 * @param nanos when, ns of CLOCK_MONOTONIC, which is System.nanoTime() on Linux
 */
public record Reason(
    InetAddress client,
    InetSocketAddress listener,
    long netns,
    Counter why,
    int times,
    long nanos) {

  /** A client and a listener, in its namespace. */
  record Parties(InetAddress client, InetSocketAddress listener, long netns) {}

  Parties parties() {
    return new Parties(client, listener, netns);
  }

  /** Whether it is of the same client and listener. */
  public boolean isOfTheSame(Reason other) {
    return parties().equals(other.parties());
  }
}
