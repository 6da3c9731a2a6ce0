package io.podwire.datapath;

/**
 * The limits of a datapath.
 *
 * @param maxBacklogBytes bytes that may wait unread in one direction of a flow before it goes back
 *     to TCP; 4,096 to 1 GiB
 * @param maxBacklogMessages messages that may wait unread in one direction; 1 to 1,024 (the verdict
 *     counts no further)
 * @param maxFlows connections that can be joined at a time; 1 to 1,000,000; fixed while loaded
 * @param breakEvenMessages a listener whose finished flows exchanged fewer messages than this on
 *     average has only one in 32 of its connections join; 0 lets all join; at most 1,024
 * @param maxBacklogMemory bytes of the kernel's memory that unread messages of all flows together
 *     may take beside their own bytes, about 1 KiB each; one message is always allowed. The more
 *     flows are joined, the fewer messages may wait in each; 1 MiB to 1 GiB
 * @param gears whether an obstacle that passes suspends the redirection of a direction and does not
 *     end it
 * @param observes whether connections that would join are only counted, and stay as they are
 */
public record Settings(
    int maxBacklogBytes,
    int maxBacklogMessages,
    int maxFlows,
    int breakEvenMessages,
    int maxBacklogMemory,
    Gears gears,
    boolean observes) {

  /** As in flow.h: a queue is counted no further. */
  static final int MAX_BACKLOG_MESSAGES = 1024;

  /**
   * The defaults; their reasons are in {@code docs/datapath/backlog.md} and {@code
   * docs/datapath/cost.md}.
   */
  public static final Settings DEFAULT =
      new Settings(4 << 20, MAX_BACKLOG_MESSAGES, 65_536, 8, 192 << 20, Gears.AUTO, false);

  /**
   * @throws IllegalArgumentException naming the setting that is out of range, and the range
   */
  public Settings {
    require("max-backlog-bytes", maxBacklogBytes, 4096, 1 << 30);
    require("max-backlog-messages", maxBacklogMessages, 1, MAX_BACKLOG_MESSAGES);
    require("max-flows", maxFlows, 1, 1_000_000);
    require("break-even", breakEvenMessages, 0, 1024);
    require("max-backlog-memory", maxBacklogMemory, 1 << 20, 1 << 30);
  }

  public Settings withMaxBacklogBytes(int value) {
    return new Settings(
        value, maxBacklogMessages, maxFlows, breakEvenMessages, maxBacklogMemory, gears, observes);
  }

  public Settings withMaxBacklogMessages(int value) {
    return new Settings(
        maxBacklogBytes, value, maxFlows, breakEvenMessages, maxBacklogMemory, gears, observes);
  }

  public Settings withMaxFlows(int value) {
    return new Settings(
        maxBacklogBytes,
        maxBacklogMessages,
        value,
        breakEvenMessages,
        maxBacklogMemory,
        gears,
        observes);
  }

  public Settings withBreakEvenMessages(int value) {
    return new Settings(
        maxBacklogBytes, maxBacklogMessages, maxFlows, value, maxBacklogMemory, gears, observes);
  }

  public Settings withMaxBacklogMemory(int value) {
    return new Settings(
        maxBacklogBytes, maxBacklogMessages, maxFlows, breakEvenMessages, value, gears, observes);
  }

  public Settings withGears(Gears value) {
    return new Settings(
        maxBacklogBytes,
        maxBacklogMessages,
        maxFlows,
        breakEvenMessages,
        maxBacklogMemory,
        value,
        observes);
  }

  public Settings withObserves(boolean value) {
    return new Settings(
        maxBacklogBytes,
        maxBacklogMessages,
        maxFlows,
        breakEvenMessages,
        maxBacklogMemory,
        gears,
        value);
  }

  private static void require(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + " must be " + min + " to " + max + ", not " + value);
    }
  }
}
