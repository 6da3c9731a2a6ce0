package io.podwire.bench;

import io.podwire.datapath.Datapath;
import io.podwire.datapath.Gears;
import io.podwire.datapath.Janitor;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import java.time.Duration;
import java.util.List;

/**
 * Brings the datapath of the testbed into the state that a round is about. Closing it unloads the
 * datapath.
 */
public final class Acceleration implements AutoCloseable {

  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(10);

  private final Datapath datapath;
  private final Janitor janitor;
  private final List<Prefix> pods;
  private final Gears gears;

  /**
   * @param pods the addresses of the pods, which stay selected but in {@link #idle()} and {@link
   *     #absent()}
   * @param gears the datapath's; its other settings are the defaults
   */
  public Acceleration(Datapath datapath, List<Prefix> pods, Gears gears) {
    this.datapath = datapath;
    this.janitor = Janitor.of(datapath);
    this.pods = List.copyOf(pods);
    this.gears = gears;
  }

  public Datapath datapath() {
    return datapath;
  }

  /** The addresses of the pods. */
  public List<Prefix> pods() {
    return pods;
  }

  /** New connections between the pods join. */
  public void on() {
    enable();
    datapath.select(pods, Selection.SELECTED);
  }

  /** Attached, the pods selected, and no new connection joins. */
  public void off() {
    on();
    datapath.disable();
  }

  /** Attached and enabled, nothing selected. */
  public void idle() {
    enable();
    datapath.deselect(pods);
  }

  /** Nothing is attached or loaded. */
  public void absent() {
    datapath.unload(DRAIN_LIMIT, true);
  }

  // What is loaded anew has the default settings.
  private void enable() {
    datapath.configure(settings -> settings.withGears(gears));
    datapath.enable();
  }

  @Override
  public void close() {
    janitor.close();
    absent();
    datapath.close();
  }
}
