package io.podwire.datapath;

/**
 * What the flows of one build have redirected since its load, those that closed included.
 *
 * @param build the build that new connections join if they join any
 * @param flows half of its ends that are in the sockhash, rounded up
 * @param messages {@link Counter#REDIRECTED}
 * @param bytes {@link Counter#REDIRECTED_BYTES}
 */
public record Redirected(Build build, int flows, long messages, long bytes) {}
