package io.podwire.bench.model;

import io.podwire.bench.Unit;

/**
 * A cost that is one number, such as memory.
 *
 * @param name for {@code report.json}: lower case with dashes
 * @param title for people
 * @param unit of the value
 * @param value measured
 */
public record Figure(String name, String title, Unit unit, double value) {}
