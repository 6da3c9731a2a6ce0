package io.podwire.datapath;

/**
 * The map with the number of lent keepalives: of sockets that left the sockhash, or will, and that
 * get their keepalive timer back from the sockops program alone.
 */
final class LentKeepaliveTable {

  static final String LENT_KEEPALIVES = "lent_keepalives";

  private final PinnedMaps maps;

  LentKeepaliveTable(PinnedMaps maps) {
    this.maps = maps;
  }

  /** How many are lent; 0 in a generation that lent none. */
  int count() {
    return maps.isPinned(LENT_KEEPALIVES) ? maps.open(LENT_KEEPALIVES).single().getInt(0) : 0;
  }
}
