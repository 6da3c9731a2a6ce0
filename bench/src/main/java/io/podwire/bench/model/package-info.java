/**
 * What a run measured: the records of a report, and what follows from them by arithmetic alone.
 *
 * <p>{@link io.podwire.bench.headline}, {@link io.podwire.bench.table} and {@link
 * io.podwire.bench.cost} make them, {@link io.podwire.bench.run} puts them together, and {@link
 * io.podwire.bench.report} shows them. Nothing here knows of any of these.
 */
package io.podwire.bench.model;
