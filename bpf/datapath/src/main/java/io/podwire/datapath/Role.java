package io.podwire.datapath;

/** Which end of a connection. The order is that of {@code enum role} in {@code flow.h}. */
public enum Role {
  CLIENT,
  SERVER
}
