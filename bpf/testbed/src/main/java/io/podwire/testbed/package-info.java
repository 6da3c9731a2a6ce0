/**
 * Network namespaces that stand for the pods of a node, on one machine.
 *
 * <p>A {@link io.podwire.testbed.Testbed} owns everything in it: namespaces, addresses, cgroups, a
 * bpffs, and every process that was started in one of its places. All of it goes with {@link
 * io.podwire.testbed.Testbed#close()}, and by itself when the JVM ends in any way, {@code kill -9}
 * included. Nothing else of the machine is touched.
 */
package io.podwire.testbed;
