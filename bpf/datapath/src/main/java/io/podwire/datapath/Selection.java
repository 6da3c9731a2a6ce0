package io.podwire.datapath;

/** What the selection says of a prefix; the longest prefix that holds an address decides. */
public enum Selection {
  /** Connections of these addresses may join. */
  SELECTED,
  /** Connections of these addresses never join. */
  EXCLUDED
}
