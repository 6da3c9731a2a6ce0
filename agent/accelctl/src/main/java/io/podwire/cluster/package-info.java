/**
 * A cluster as an admin works on it: its nodes' agents, asked by {@code accelctl} in their
 * containers, and pods that are made for a while.
 *
 * <p>What is changed in the cluster is changed through {@link io.podwire.cluster.Undo}, so that
 * nothing stays, whatever happens, or it is said what does. Methods that ask throw {@link
 * io.podwire.cluster.ClusterException}, and fabric8's exception where the API server refuses or
 * does not answer, which {@link io.podwire.agent.ApiFailure} puts into words.
 */
package io.podwire.cluster;
