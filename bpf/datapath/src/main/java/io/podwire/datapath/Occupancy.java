package io.podwire.datapath;

/**
 * How full a map is.
 *
 * @param entries that it has
 * @param maxEntries that it can have, 1 or more; an LRU map then forgets the oldest, any other one
 *     takes no more
 */
public record Occupancy(int entries, int maxEntries) {}
