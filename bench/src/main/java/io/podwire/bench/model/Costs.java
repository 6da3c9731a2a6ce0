package io.podwire.bench.model;

import java.util.List;

/**
 * What acceleration costs.
 *
 * @param comparisons measured in pairs
 * @param figures single numbers
 */
public record Costs(List<Cost> comparisons, List<Figure> figures) {}
