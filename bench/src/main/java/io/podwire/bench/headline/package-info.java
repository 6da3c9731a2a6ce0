/**
 * The comparison that a reader wants first: latency of small messages between two macvlan pods, off
 * and on, beside a UNIX socket and loopback, and what acceleration costs connection-per-request
 * HTTP.
 */
package io.podwire.bench.headline;
