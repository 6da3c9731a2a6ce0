package io.podwire.bench.model;

import io.podwire.bench.PairedRatio;

/**
 * How many times as good something was with acceleration as without.
 *
 * @param name the same in every report that has measured the same thing
 * @param group for people: what it has in common with its neighbours
 * @param title for people: which of the group it is
 * @param ratio more than 1 is better, whatever was measured
 */
public record Gain(String name, String group, String title, PairedRatio ratio) {}
