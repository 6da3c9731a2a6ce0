package io.podwire.datapath;

/** Which end of a connection. The order is that of {@code enum role} in {@code flow.h}. */
enum Role {
  CLIENT,
  SERVER
}
