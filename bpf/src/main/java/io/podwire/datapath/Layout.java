package io.podwire.datapath;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The structs of {@code flow.h}, by offset. */
final class Layout {

  static final int SETTINGS_STATE = 0;
  static final int SETTINGS_EPOCH = 4;
  private static final int SETTINGS_AUTHORITY = 8;
  static final int SETTINGS_POLICY_EPOCH = 12;
  private static final int SETTINGS_BACKLOG_BYTES = 16;
  private static final int SETTINGS_BACKLOG_MESSAGES = 20;
  private static final int SETTINGS_BREAK_EVEN = 24;
  private static final int SETTINGS_MAX_FLOWS = 28;
  static final int POLICY_MARK = 4;
  private static final int PREFIX_ADDRESS = 4;

  static final int FLOW_RECORD_BYTES = 104;
  private static final int RECORD_ROLE = 8;
  private static final int RECORD_RETIRED = 12;
  private static final int RECORD_LOCAL = 16;
  private static final int RECORD_REMOTE = 32;
  private static final int RECORD_LOCAL_PORT = 48;
  private static final int RECORD_REMOTE_PORT = 52;
  private static final int RECORD_NETNS = 56;
  private static final int RECORD_CONTAINER = 64;
  private static final int RECORD_JOINED_AT = 72;
  private static final int RECORD_REDIRECTED = 80;
  private static final int RECORD_REDIRECTED_BYTES = 88;
  private static final int RECORD_UNREAD = 96;
  private static final int RECORD_UNREAD_BYTES = 100;

  private Layout() {}

  static long handshake(ByteBuffer record) {
    return record.getLong(0);
  }

  static Role role(ByteBuffer record) {
    return Role.values()[record.getInt(RECORD_ROLE)];
  }

  static FlowEnd flowEnd(ByteBuffer record) {
    int retired = record.getInt(RECORD_RETIRED);
    return new FlowEnd(
        socketAddress(record, RECORD_LOCAL, RECORD_LOCAL_PORT),
        socketAddress(record, RECORD_REMOTE, RECORD_REMOTE_PORT),
        record.getLong(RECORD_NETNS),
        record.getLong(RECORD_CONTAINER),
        record.getLong(RECORD_JOINED_AT),
        record.getLong(RECORD_REDIRECTED),
        record.getLong(RECORD_REDIRECTED_BYTES),
        retired == 0 ? Optional.empty() : Optional.of(Counter.values()[retired]),
        record.getInt(RECORD_UNREAD),
        record.getInt(RECORD_UNREAD_BYTES));
  }

  private static InetSocketAddress socketAddress(ByteBuffer record, int address, int port) {
    byte[] bytes = new byte[16];
    record.get(address, bytes);
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes), record.getInt(port));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("16 bytes are an address", e);
    }
  }

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

  static ByteBuffer switched(ByteBuffer entry, State state, Authority by) {
    return entry.putInt(SETTINGS_STATE, state.ordinal()).putInt(SETTINGS_AUTHORITY, by.ordinal());
  }

  static Authority authority(ByteBuffer entry) {
    return Authority.values()[entry.getInt(SETTINGS_AUTHORITY)];
  }

  /** Of a key that is an address alone. */
  static Prefix address(ByteBuffer key) {
    byte[] address = new byte[16];
    key.get(0, address);
    return Prefix.of(address, 128);
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
