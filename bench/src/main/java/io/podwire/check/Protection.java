package io.podwire.check;

/**
 * Something of this kernel that keeps a part of the contract.
 *
 * @param name as {@link io.podwire.datapath.Guard} or {@link io.podwire.datapath.KernelFacts} has
 *     it
 * @param present the kernel took its program, or told what it needs
 * @param purpose what it keeps, and for which applications
 */
public record Protection(String name, boolean present, String purpose) {}
