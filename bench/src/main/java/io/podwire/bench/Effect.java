package io.podwire.bench;

/** What an interval lets one say of acceleration. */
public enum Effect {
  /** The whole interval is above 1. */
  HELPS("helps"),
  /** The interval contains 1. */
  NONE_SEEN("no difference seen"),
  /** The whole interval is below 1. */
  COSTS("costs");

  private final String title;

  Effect(String title) {
    this.title = title;
  }

  /** The effect for people: a verb, or what stands in its place. */
  public String title() {
    return title;
  }
}
