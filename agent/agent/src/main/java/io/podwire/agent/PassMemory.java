package io.podwire.agent;

import java.util.Optional;

/**
 * What a full pass must know of those before it, and cannot read in the kernel.
 *
 * @param admission what the check of the kernel came to; empty before it is done
 * @param toTell nobody was told yet that it refuses
 * @param goesOn what an agent let run before goes on though there is no check any more
 * @param loadedBefore this agent saw the datapath loaded: what is gone since was unloaded, and who
 *     loaded another build since wanted it
 * @param byHand an operator had switched the build before on, which outlives it: to be said again
 */
record PassMemory(
    Optional<Admission> admission,
    boolean toTell,
    boolean goesOn,
    boolean loadedBefore,
    boolean byHand) {

  /** Before the first pass. */
  static final PassMemory NOTHING = new PassMemory(Optional.empty(), false, false, false, false);

  /** After the check came to a result, which may be the one before. */
  PassMemory admit(Admission result) {
    Optional<Admission> admitted = Optional.of(result);
    return new PassMemory(admitted, !admission.equals(admitted), goesOn, loadedBefore, byHand);
  }

  /** After the result of the check was heeded, and told where it refuses. */
  PassMemory heeded(boolean goesOn) {
    return new PassMemory(admission, false, goesOn, loadedBefore, byHand);
  }

  /** After the datapath was seen loaded, or was loaded. */
  PassMemory loaded() {
    return new PassMemory(admission, toTell, goesOn, true, byHand);
  }

  /** Before a load over a build that an operator had switched on, or not. */
  PassMemory takingOver(boolean switchedByHand) {
    return new PassMemory(admission, toTell, goesOn, loadedBefore, byHand || switchedByHand);
  }

  /** After the datapath was switched as it should be. */
  PassMemory switched() {
    return new PassMemory(admission, toTell, goesOn, loadedBefore, false);
  }
}
