package io.podwire.bench.cost;

import io.podwire.bench.Acceleration;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.util.function.Consumer;

/**
 * Where the rounds between two pods run, and how much of everything they do.
 *
 * @param acceleration of the connections between the two
 * @param server one pod
 * @param client the other
 * @param scratch for programs and their output
 * @param scale how much of everything
 * @param progress hears of each round before it begins
 */
record TwoPods(
    Acceleration acceleration,
    Place server,
    Place client,
    Scratch scratch,
    Scale scale,
    Consumer<String> progress) {}
