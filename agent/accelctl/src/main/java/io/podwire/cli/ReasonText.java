package io.podwire.cli;

import io.podwire.datapath.Counter;
import java.util.Optional;

/** What a reason means to an operator, and what would change it. */
final class ReasonText {

  private static final String RETURNS =
      "; where an adopter runs (accelctl adopt), it joins again by itself";

  private ReasonText() {}

  /**
   * The reason's name, and what it means.
   *
   * @throws java.util.NoSuchElementException where the counter is no reason
   */
  static String of(Counter reason) {
    return reason + ": " + meaning(reason).orElseThrow();
  }

  /** The end of a sentence that begins with a connection; empty where the counter is no reason. */
  static Optional<String> meaning(Counter reason) {
    return Optional.ofNullable(
        switch (reason) {
          case JOIN_FAILED -> "the kernel did not take its socket into the sockhash";
          case JOIN_FAILED_BUSY ->
              "another program holds the socket, and a socket has one owner only: accelctl status"
                  + " names it, and says what to do";
          case JOIN_FAILED_FULL ->
              "all flows that --max-flows allows were in use: unload, then" + " enable with more";
          case JOIN_REFUSED ->
              "an end is no ordinary socket: the kernel's own, one that sent data"
                  + " with its SYN (TCP fast open), or that was joined before it was connected anew";
          case JOIN_REFUSED_OPTION ->
              "an end has an option that a joined socket would ignore (kTLS,"
                  + " MPTCP, SO_ZEROCOPY, timestamps, SO_PEEK_OFF, TCP_INQ): without it, it would join";
          case JOIN_REFUSED_READER ->
              "a thread was in recv() before the connection was there: one that"
                  + " connects or accepts first, and reads then, would join";
          case JOIN_REFUSED_IO_URING, RETIRED_IO_URING ->
              "an end uses io_uring, which wants to know"
                  + " how much is left unread, and a joined socket cannot say: with epoll it would join";
          case SKIPPED_SHORT ->
              "connections of these two exchanged too few messages so far for it"
                  + " to pay: one of several is tried again, and --break-even 0 lets all join";
          case SKIPPED_STALE -> "the agent's heartbeat had run out: is the agent running?";
          case SKIPPED_INCOMPATIBLE ->
              "an earlier connection of these two needed what a joined"
                  + " socket cannot keep: for an hour after the last time, or until accelctl forget"
                  + " --address";
          case SKIPPED_CONTAINER ->
              "the container of one of them needed what a joined socket cannot"
                  + " keep: for an hour after the last time, or until accelctl forget --container"
                  + " (accelctl status names it)";
          case NO_PEER -> "the other end was gone";
          case RETIRED_LATE_PEER ->
              "the other end had not joined yet when the first message came" + RETURNS;
          case RETIRED_SHUTDOWN ->
              "an end was half-closed, which a joined socket cannot be: such a"
                  + " connection is TCP's to its end";
          case RETIRED_PEER -> "the other direction did";
          case RETIRED_BACKLOG_BYTES, RETIRED_BACKLOG_MESSAGES ->
              "its reader had too much unread" + RETURNS;
          case RETIRED_BULK ->
              "it sends much without an answer to a reader that sleeps between messages, which TCP"
                  + " does better"
                  + RETURNS;
          case RETIRED_MEMORY -> "the node's memory for TCP was short" + RETURNS;
          case RETIRED_RCVLOWAT ->
              "its reader set SO_RCVLOWAT above 1: once it is 1 again, the"
                  + " connection can be adopted";
          case RETIRED_SEQUENCE -> "bytes had gone by TCP before" + RETURNS;
          case RETIRED_DUPLEX ->
              "an end reads in one thread, blocked, and writes in another: such a"
                  + " reader could fail with EAGAIN; with poll() or epoll it would stay joined";
          case RETIRED_LOCKED -> "its reader held its socket's lock for long" + RETURNS;
          case RETIRED_OOB -> "its sender used urgent data (MSG_OOB), which is TCP's alone";
          case RETIRED_CORK -> "its sender corks (TCP_CORK, MSG_MORE)" + RETURNS;
          case RETIRED_RECV_FLAGS ->
              "an end read with MSG_WAITALL, MSG_TRUNC or splice(2), which are TCP's" + " alone";
          case RETIRED_OPTION -> "its sender was given an option that a joined socket would ignore";
          case RETIRED_STOPPED ->
              "acceleration was switched off, or the programs unloaded" + RETURNS;
          case RETIRED_POLICY ->
              "a network policy of one end's pod changed, or the pod opted out:"
                  + " new connections join where they may";
          case SHIFTED_BACKLOG_BYTES, SHIFTED_BACKLOG_MESSAGES ->
              "its reader has too much unread," + " until it has read that";
          case SHIFTED_BULK ->
              "it sends much without an answer to a reader that sleeps between messages, until that"
                  + " answers";
          case SHIFTED_MEMORY -> "the node's memory for TCP is short, for now";
          case SHIFTED_RCVLOWAT -> "its reader set SO_RCVLOWAT above 1, for as long as that holds";
          case SHIFTED_SEQUENCE -> "bytes went by TCP before, until those are read";
          case SHIFTED_LOCKED -> "its reader held its socket's lock for long, for now";
          case SHIFTED_CORK -> "its sender corks (TCP_CORK, MSG_MORE), until it stops";
          case SHIFTED_ADOPTED, SHIFTED_RETURNED ->
              "it was open when it joined, until what it sent by TCP is read";
          case ANNOUNCED,
              CLAIMED,
              COMPLETED,
              REDIRECTED,
              REDIRECTED_BYTES,
              PASSED,
              LEFT,
              WOKEN,
              RESUMED,
              REFUSED_OPTION,
              REFUSED_SPLICE,
              NO_MEMORY,
              OBSERVED,
              OBSERVED_SHORT,
              OBSERVED_MESSAGES,
              OBSERVED_BYTES ->
              null;
        });
  }
}
