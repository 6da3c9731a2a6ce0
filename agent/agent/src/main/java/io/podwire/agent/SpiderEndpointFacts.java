package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.util.Set;

/**
 * What the agent knows of a {@code SpiderEndpoint} of this node.
 *
 * @param uid of the pod that has these addresses; one of the same name can follow it
 * @param addresses on all its interfaces
 */
record SpiderEndpointFacts(String uid, Set<Prefix> addresses) {}
