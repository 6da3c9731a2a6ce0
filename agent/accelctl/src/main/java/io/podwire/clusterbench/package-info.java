/**
 * {@code accelctl bench --cluster}: the bench between two pods of a cluster, accelerated or not by
 * the agent of their node. {@link io.podwire.clusterbench.ClusterBench} puts it together.
 */
package io.podwire.clusterbench;
