/**
 * The command line, {@code accelctl}: one class per verb, all over {@link
 * io.podwire.datapath.Datapath}. The verbs keep nothing between runs: they work on what is pinned
 * in the kernel, with or without a running agent.
 */
package io.podwire.cli;
