/**
 * What acceleration costs: traffic that leaves the node, a flow among many others, a neighbour of a
 * bulk transfer, and the kernel's memory.
 *
 * <p>{@link io.podwire.bench.cost.CostRounds} measures.
 */
package io.podwire.bench.cost;
