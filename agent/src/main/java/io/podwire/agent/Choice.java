package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.util.Set;

/**
 * Whether a pod is selected.
 *
 * @param pod which
 * @param addresses all its addresses
 * @param selected whether they may join
 * @param reason why, or why not
 */
record Choice(PodFacts pod, Set<Prefix> addresses, boolean selected, String reason) {}
