/**
 * The agent of a node: follows the pods of its node at the API server, and keeps the datapath's
 * selection as they say.
 *
 * <p>It holds no truth of its own: what is selected, who switched the datapath, and which network
 * policies flows were sent back for lies in the kernel, so an agent may die at any moment.
 */
package io.podwire.agent;
