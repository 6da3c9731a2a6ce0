/**
 * What every measurement of the bench stands on: rounds in pairs, the proof of their path, and
 * statistics.
 *
 * <p>{@link io.podwire.bench.headline}, {@link io.podwire.bench.table} and {@link
 * io.podwire.bench.cost} measure with it, {@link io.podwire.bench.model} holds what they measured,
 * {@link io.podwire.bench.report} shows that, and {@link io.podwire.bench.run} puts them together.
 * {@code docs/bench.md} says how each number is measured and what {@code report.json} holds. A
 * round whose path the datapath's counters do not confirm is an error, never a number.
 */
package io.podwire.bench;
