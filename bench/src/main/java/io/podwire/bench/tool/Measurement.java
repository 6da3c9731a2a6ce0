package io.podwire.bench.tool;

import io.podwire.bench.CpuTime;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * What one run of a ping-pong gave.
 *
 * @param transactions messages there and back over the whole connection, warm-up included
 * @param oneWay half of each round-trip time after the warm-up, in nanoseconds
 * @param cpu user and system time of both ends over all transactions, where the tool tells
 */
public record Measurement(long transactions, Histogram oneWay, Optional<CpuTime> cpu) {}
