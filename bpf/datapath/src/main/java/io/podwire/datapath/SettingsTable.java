package io.podwire.datapath;

import java.nio.ByteBuffer;

/**
 * The map {@code settings}: one entry with the limits, who may join, and the epochs that flows are
 * compared with. Whoever changes it holds the lock of the pin directory.
 */
final class SettingsTable {

  static final String SETTINGS = "settings";

  /** From this generation on, new fields go to the end of the entry. */
  private static final int FIRST_FROZEN = 4;

  private final PinnedMaps maps;
  private final int generation;

  /**
   * @param generation the layout version of the maps
   */
  SettingsTable(PinnedMaps maps, int generation) {
    this.maps = maps;
    this.generation = generation;
  }

  /** Whether a build of another generation can read all of it, too. */
  boolean isFrozen() {
    return generation >= FIRST_FROZEN;
  }

  /** The entry, for who reads several fields at once; {@link Layout} knows the fields. */
  ByteBuffer entry() {
    return maps.open(SETTINGS).single();
  }

  State state() {
    return State.values()[entry().getInt(Layout.SETTINGS_STATE)];
  }

  /** Flows of an earlier epoch go back to TCP at their next message. */
  int epoch() {
    return entry().getInt(Layout.SETTINGS_EPOCH);
  }

  /** Who switched it last; nobody in a generation that did not note it yet. */
  Authority authority() {
    return isFrozen() ? Layout.authority(entry()) : Authority.NOBODY;
  }

  /** The limits. */
  Settings read() {
    return Layout.settings(entry());
  }

  void write(Settings settings, State state, int epoch) {
    write(Layout.entry(entry(), settings, state, epoch));
  }

  /** Changes who may join from now on; also in a generation of another layout. */
  void switchTo(State state) {
    write(entry().putInt(Layout.SETTINGS_STATE, state.ordinal()));
  }

  /** The same, and notes who wanted it, where the layout has a place for that. */
  void switchTo(State state, Authority by) {
    if (isFrozen()) {
      write(Layout.switched(entry(), state, by));
    } else {
      switchTo(state);
    }
  }

  /** Changes who may join, and sends every flow of before back to TCP at its next message. */
  void stopInto(State state) {
    ByteBuffer entry = entry();
    int next = entry.getInt(Layout.SETTINGS_EPOCH) + 1;
    write(entry.putInt(Layout.SETTINGS_STATE, state.ordinal()).putInt(Layout.SETTINGS_EPOCH, next));
  }

  /** How often flows of some addresses were sent back. */
  int policyEpoch() {
    return entry().getInt(Layout.SETTINGS_POLICY_EPOCH);
  }

  /** Has the verdict compare the flows with {@link PolicyTable} anew. */
  void beginPolicyEpoch(int epoch) {
    write(entry().putInt(Layout.SETTINGS_POLICY_EPOCH, epoch));
  }

  private void write(ByteBuffer entry) {
    maps.open(SETTINGS).setSingle(entry);
  }
}
