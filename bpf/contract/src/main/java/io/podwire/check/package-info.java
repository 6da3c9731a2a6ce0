/**
 * What {@code accelctl check} does: the socket contract, case by case, on this machine's kernel,
 * plain and accelerated. The cases themselves are in {@code bpf/contract/src/main/c/probe}.
 */
package io.podwire.check;
