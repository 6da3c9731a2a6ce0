/**
 * What acceleration is worth on this machine: the same workloads with acceleration off and on, in
 * interleaved rounds of one run, next to yardsticks that no acceleration touches.
 *
 * <p>{@link io.podwire.bench.Bench} runs it; {@code docs/bench.md} says how each number is measured
 * and what {@code report.json} holds. A round whose path the datapath's counters do not confirm is
 * an error, never a number.
 */
package io.podwire.bench;
