package io.podwire.datapath;

import java.nio.ByteBuffer;

/** The structs of {@code flow.h}, by offset. */
final class Layout {

  static final int SETTINGS_STATE = 0;
  static final int SETTINGS_EPOCH = 4;
  private static final int SETTINGS_BACKLOG_BYTES = 8;
  private static final int SETTINGS_BACKLOG_MESSAGES = 12;
  private static final int SETTINGS_BREAK_EVEN = 16;
  private static final int SETTINGS_MAX_FLOWS = 20;
  private static final int PREFIX_ADDRESS = 4;

  private Layout() {}

  static Settings settings(ByteBuffer entry) {
    return new Settings(
        entry.getInt(SETTINGS_BACKLOG_BYTES),
        entry.getInt(SETTINGS_BACKLOG_MESSAGES),
        entry.getInt(SETTINGS_MAX_FLOWS),
        entry.getInt(SETTINGS_BREAK_EVEN));
  }

  static ByteBuffer entry(ByteBuffer entry, Settings settings, State state, int epoch) {
    return entry
        .putInt(SETTINGS_STATE, state.ordinal())
        .putInt(SETTINGS_EPOCH, epoch)
        .putInt(SETTINGS_BACKLOG_BYTES, settings.maxBacklogBytes())
        .putInt(SETTINGS_BACKLOG_MESSAGES, settings.maxBacklogMessages())
        .putInt(SETTINGS_BREAK_EVEN, settings.breakEvenMessages())
        .putInt(SETTINGS_MAX_FLOWS, settings.maxFlows());
  }

  static Prefix prefix(ByteBuffer key) {
    byte[] address = new byte[16];
    key.get(PREFIX_ADDRESS, address);
    return Prefix.of(address, key.getInt(0));
  }

  static ByteBuffer key(ByteBuffer key, Prefix prefix) {
    return key.putInt(0, prefix.length()).put(PREFIX_ADDRESS, prefix.bytes());
  }
}
