package io.podwire.bench.model;

import java.util.List;

/**
 * The comparison that a reader wants first.
 *
 * @param latency one comparison for each placement and message size, in this order
 * @param http connection-per-request HTTP
 */
public record Headline(List<LatencyComparison> latency, HttpComparison http) {}
