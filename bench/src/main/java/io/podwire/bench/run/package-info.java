/**
 * A run of the bench: its options, what it measures, where it runs.
 *
 * <p>It has {@link io.podwire.bench.headline}, {@link io.podwire.bench.table} and {@link
 * io.podwire.bench.cost} measure, puts what they give into the records of {@link
 * io.podwire.bench.model}, and hands these to {@link io.podwire.bench.report}. Arrows: {@code run
 * -> report -> model}.
 */
package io.podwire.bench.run;
