package io.podwire.check;

import io.podwire.datapath.Guard;
import io.podwire.datapath.KernelFacts;
import io.podwire.datapath.RunningKernel;
import io.podwire.datapath.Status;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Something that a kernel may offer, and that a part of the contract depends on.
 *
 * @param name as {@link Guard} or {@link KernelFacts} has it, or "timers"
 * @param present the kernel took its program, or told what it needs
 * @param purpose what it keeps, and for which applications
 */
public record KernelSupport(String name, boolean present, String purpose) {

  /** What the running kernel offers the programs of a datapath with this status, and what not. */
  static List<KernelSupport> of(Status status) {
    return Stream.of(
            Stream.of(
                new KernelSupport(
                    "timers",
                    RunningKernel.hasTimers(),
                    "flows that went back to TCP leave by themselves; without, accelctl agent sees to"
                        + " it")),
            Stream.of(KernelFacts.values())
                .map(
                    fact ->
                        new KernelSupport(
                            fact.toString(), status.kernelFacts().contains(fact), fact.purpose())),
            Stream.of(Guard.values())
                .map(
                    guard ->
                        new KernelSupport(
                            guard.toString(), status.guards().contains(guard), guard.purpose())))
        .flatMap(Function.identity())
        .toList();
  }
}
