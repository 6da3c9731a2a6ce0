package io.podwire.datapath;

import java.util.List;
import java.util.Optional;

/**
 * Signs of whether there may be something to adopt: as long as all are the same, nothing became
 * open to it.
 *
 * @param enabled whether connections join
 * @param loaded identifies the load, and so the build, that they join; empty where nothing is
 *     loaded
 * @param epoch of the flows; every {@code disable --now} begins another one
 * @param selection a hash of the selection, which may be some time old where that is large
 * @param returnable how many directions went back to TCP for a reason that passes
 * @param drains whether another build has flows
 */
public record AdoptionSigns(
    boolean enabled,
    Optional<Object> loaded,
    int epoch,
    long selection,
    long returnable,
    boolean drains) {

  /** The signs where nothing is loaded. */
  public static final AdoptionSigns ABSENT =
      new AdoptionSigns(false, Optional.empty(), 0, 0, 0, false);

  /**
   * Reasons to go back to TCP that pass. {@link Counter#RETIRED_PEER}, {@link
   * Counter#RETIRED_SHUTDOWN} and {@link Counter#LEFT} are not among them, since they count
   * connections that end, too.
   */
  static final List<Counter> RETURNABLE =
      List.of(
          Counter.NO_PEER,
          Counter.RETIRED_LATE_PEER,
          Counter.RETIRED_BACKLOG_BYTES,
          Counter.RETIRED_BACKLOG_MESSAGES,
          Counter.RETIRED_BULK,
          Counter.RETIRED_MEMORY,
          Counter.RETIRED_RCVLOWAT,
          Counter.RETIRED_SEQUENCE,
          Counter.RETIRED_LOCKED,
          Counter.RETIRED_CORK,
          Counter.RETIRED_STOPPED);

  /** Reads the signs again and again, and keeps open what that needs; whoever got it closes it. */
  public interface Reader extends AutoCloseable {

    /** The signs as they are now. */
    AdoptionSigns read();

    @Override
    void close();
  }
}
