package io.podwire.check;

import io.podwire.datapath.Guard;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.Learnt;
import io.podwire.datapath.Status;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Something that a kernel may offer, and that a part of the contract depends on.
 *
 * @param name as {@link Guard} or {@link Learnt} has it, or "timers"
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
                    KernelDatapath.hasTimers(),
                    "flows that went back to TCP leave by themselves; without, accelctl agent sees to"
                        + " it")),
            Stream.of(Learnt.values())
                .map(
                    learnt ->
                        new KernelSupport(
                            learnt.toString(), status.learnt().contains(learnt), learnt.purpose())),
            Stream.of(Guard.values())
                .map(
                    guard ->
                        new KernelSupport(
                            guard.toString(), status.guards().contains(guard), guard.purpose())))
        .flatMap(Function.identity())
        .toList();
  }
}
