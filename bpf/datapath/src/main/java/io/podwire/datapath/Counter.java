package io.podwire.datapath;

import java.util.Locale;

/**
 * What the datapath counts, per CPU in the kernel. The order is that of {@code enum counter} in
 * {@code flow.h}; a test compares the two.
 */
public enum Counter {
  /** Connection requests that reached a selected listener and may pair. */
  ANNOUNCED,
  /** Client ends that found their announcement and joined. */
  CLAIMED,
  /** Server ends that found their client and joined: the flow is complete. */
  COMPLETED,
  /** Ends that the kernel would not take into the sockhash. */
  JOIN_FAILED,
  /** Ends that did not join because another program has the socket in a map of its own. */
  JOIN_FAILED_BUSY,
  /**
   * Ends that the kernel would not take because the sockhash is full: raise {@code --max-flows}.
   */
  JOIN_FAILED_FULL,
  /**
   * Ends that may not join: ULP (kTLS, MPTCP), SO_ZEROCOPY and other options that a joined socket
   * ignores, a thread in recv() before the connection is there, a socket or a listener that
   * io_uring waits on, a socket that was joined before it was disconnected, kernel socket, TCP fast
   * open data.
   */
  JOIN_REFUSED,
  /** Of these, ends with a ULP, or a socket option that a joined socket ignores. */
  JOIN_REFUSED_OPTION,
  /** Of these, ends with a thread in recv() before the connection is there. */
  JOIN_REFUSED_READER,
  /** Of these, sockets or listeners that io_uring uses. */
  JOIN_REFUSED_IO_URING,
  /** Connections that did not join because flows of these parties are too short to pay. */
  SKIPPED_SHORT,
  /** Connections that did not join because the agent's heartbeat ran out. */
  SKIPPED_STALE,
  /**
   * Connections that did not join because an earlier one of the same client and listener needed
   * what a joined socket cannot keep (docs/datapath/blocked-readers.md).
   */
  SKIPPED_INCOMPATIBLE,
  /**
   * Connections that did not join because the container of one end was seen to need what a joined
   * socket cannot keep.
   */
  SKIPPED_CONTAINER,
  /** Messages that went from socket to socket. */
  REDIRECTED,
  /** Bytes of those messages. */
  REDIRECTED_BYTES,
  /** Messages of joined ends that went through TCP: their direction was retired, or had shifted. */
  PASSED,
  /** Messages that found no peer in the sockhash: it closed or left. Their direction is retired. */
  NO_PEER,
  /** Ends that left the sockhash with nothing lost, and are plain TCP again. */
  LEFT,
  /**
   * Readers that waited for TCP's bytes, which had come while redirected ones were unread, and that
   * were woken (docs/datapath/edge-triggered-readers.md).
   */
  WOKEN,
  /** Directions retired because the peer was not there within the bounded wait for it. */
  RETIRED_LATE_PEER,
  /** Directions retired because the peer had shut its socket down. */
  RETIRED_SHUTDOWN,
  /** Directions retired because the other direction of the flow was. */
  RETIRED_PEER,
  /** Directions retired because the peer had too many bytes unread. */
  RETIRED_BACKLOG_BYTES,
  /** Directions retired because the peer had too many messages unread. */
  RETIRED_BACKLOG_MESSAGES,
  /**
   * Directions retired because they sent much without an answer to a reader that sleeps between
   * messages, which TCP does better (docs/datapath/backlog.md).
   */
  RETIRED_BULK,
  /**
   * Directions retired because TCP on the node had more than half of its low mark of memory and the
   * peer had messages unread, or more than all of it; or because the kernel had none.
   */
  RETIRED_MEMORY,
  /** Directions retired because the peer set SO_RCVLOWAT above 1. */
  RETIRED_RCVLOWAT,
  /**
   * Directions retired because bytes had gone to TCP past the verdict; or with gears because one
   * that had shifted could not go on so.
   */
  RETIRED_SEQUENCE,
  /**
   * Directions retired because the peer reads in one thread and writes in another: its blocked
   * reader would get EAGAIN once TCP's flow control holds the writer up
   * (docs/datapath/blocked-readers.md).
   */
  RETIRED_DUPLEX,
  /**
   * Directions retired because the peer had its socket's lock for a millisecond, as a reader has
   * whose memory faults: the sender would wait for it.
   */
  RETIRED_LOCKED,
  /** Directions retired because their sender used MSG_OOB. */
  RETIRED_OOB,
  /** Directions retired because their sender used TCP_CORK or MSG_MORE. */
  RETIRED_CORK,
  /**
   * Directions retired because one end read with MSG_WAITALL, MSG_TRUNC or splice(2), or asked for
   * no bytes, or for urgent ones.
   */
  RETIRED_RECV_FLAGS,
  /** Directions retired because their sender was given an option that a joined socket ignores. */
  RETIRED_OPTION,
  /**
   * Directions retired by {@code disable --now} or {@code unload}; a flow that was idle then is
   * only counted in {@link #LEFT}.
   */
  RETIRED_STOPPED,
  /** Directions retired because a network policy of one end's pod changed, or the pod opted out. */
  RETIRED_POLICY,
  /**
   * Directions retired because an end uses io_uring (or aio), which wants to know how much is left
   * unread; its container counts as incompatible.
   */
  RETIRED_IO_URING,
  /**
   * With gears, the same as {@link #RETIRED_BACKLOG_BYTES}, but the direction goes by TCP only
   * until its reader has read all of that, and is redirected again then.
   */
  SHIFTED_BACKLOG_BYTES,
  /** The same, for {@link #RETIRED_BACKLOG_MESSAGES}. */
  SHIFTED_BACKLOG_MESSAGES,
  /** The same, for {@link #RETIRED_BULK}. */
  SHIFTED_BULK,
  /** The same, for {@link #RETIRED_MEMORY}. */
  SHIFTED_MEMORY,
  /** The same, for {@link #RETIRED_RCVLOWAT}. */
  SHIFTED_RCVLOWAT,
  /** The same, for {@link #RETIRED_SEQUENCE}. */
  SHIFTED_SEQUENCE,
  /** The same, for {@link #RETIRED_LOCKED}. */
  SHIFTED_LOCKED,
  /** The same, for {@link #RETIRED_CORK}. */
  SHIFTED_CORK,
  /**
   * Directions of connections that were open when they joined; each goes by TCP until its reader
   * has read all of that.
   */
  SHIFTED_ADOPTED,
  /** The same, of connections that had gone back to TCP, and joined again. */
  SHIFTED_RETURNED,
  /** Directions that were redirected, or redirected again, after they had shifted. */
  RESUMED,
  /**
   * Socket options refused, with the error of a kernel that lacks them, because the socket could
   * not leave at once.
   */
  REFUSED_OPTION,
  /** Calls of splice(2) from a joined socket that were refused with EINVAL. */
  REFUSED_SPLICE,
  /**
   * Times that the kernel had no memory for a joined end that sent or was sent to, of the node's
   * TCP or of its container; with the guard {@link Guard#MEMORY}. Its flow goes back to TCP.
   */
  NO_MEMORY,
  /** Connections that would have joined, while the node only {@linkplain Settings#observes}. */
  OBSERVED,
  /** Of these, those that closed with fewer messages than {@link Settings#breakEvenMessages}. */
  OBSERVED_SHORT,
  /**
   * Messages of the others that closed, both ways, as estimated from TCP's counters
   * (docs/datapath/observing.md).
   */
  OBSERVED_MESSAGES,
  /** Bytes of those connections, both ways. */
  OBSERVED_BYTES;

  /** The name in {@code accelctl status -o json}: lower-case, with underscores. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
