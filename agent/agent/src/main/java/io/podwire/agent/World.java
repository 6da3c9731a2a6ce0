package io.podwire.agent;

import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.Status;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a full pass starts from: the cluster and the kernel, each read once.
 *
 * @param view the cluster
 * @param decisions on each pod of the node, in order
 * @param nodeAddresses the addresses of the node
 * @param status of the datapath
 * @param selection that of the kernel; empty where nothing is loaded
 * @param marks for the addresses whose flows were sent back, which policies they were sent back for
 * @param loaded the pass loaded the programs before it read the kernel
 */
record World(
    ClusterView view,
    List<PodDecision> decisions,
    Set<InetAddress> nodeAddresses,
    Status status,
    Map<Prefix, Selection> selection,
    Map<Prefix, Integer> marks,
    boolean loaded) {}
