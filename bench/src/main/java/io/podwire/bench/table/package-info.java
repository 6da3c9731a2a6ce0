/**
 * The table of the published reports: a row for each way between two pods, a column for each tool,
 * every cell measured with acceleration off and on.
 *
 * <p>{@link io.podwire.bench.table.TableRounds} measures; the workloads are in {@link
 * io.podwire.bench.table.Workloads}.
 */
package io.podwire.bench.table;
