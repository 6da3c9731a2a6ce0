package io.podwire.bench.model;

import io.podwire.datapath.Counter;
import java.util.Map;

/**
 * One round of connection-per-request HTTP.
 *
 * @param pair number of the group of rounds it belongs to, from 0
 * @param httpCase what ran
 * @param requests answered requests, each on a connection of its own
 * @param requestsPerSecond their rate, as ab says it
 * @param counters what the datapath's counters were moved by; those that were not are absent
 */
public record HttpRound(
    int pair,
    HttpCase httpCase,
    long requests,
    double requestsPerSecond,
    Map<Counter, Long> counters) {}
