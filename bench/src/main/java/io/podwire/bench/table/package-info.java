/**
 * The table of the published reports: a row for each way between two pods, a column for each tool,
 * every cell measured with acceleration off and on.
 *
 * <p>{@link io.podwire.bench.table.TableRounds} measures; {@link io.podwire.bench.table.Workloads}
 * lists the workloads, which are in a class for each tool.
 */
package io.podwire.bench.table;
