/**
 * {@code accelctl bench --cluster}: the bench between two pods of a cluster, accelerated or not by
 * the agent of their node.
 *
 * <p>{@link io.podwire.clusterbench.ClusterBench} puts it together. What it changes in the cluster
 * it changes through {@link io.podwire.clusterbench.Undo}, so that nothing stays, whatever happens.
 */
package io.podwire.clusterbench;
