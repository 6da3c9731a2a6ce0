package io.podwire.agent;

import java.util.Optional;

/** Whether the check of this kernel lets pods be accelerated as the agent would. */
@FunctionalInterface
public interface Admission {

  /**
   * Why not, and what to do, in one line; empty where they may be. May take a minute, if the kernel
   * was never checked.
   */
  Optional<String> refusal();
}
