package io.podwire.datapath;

import java.nio.file.Path;

/** The datapath as a build with another layout has it: the same under another number. */
public final class OtherGeneration {

  private OtherGeneration() {}

  public static KernelDatapath at(Path pinDir, Path cgroup) {
    return KernelDatapath.at(pinDir, cgroup, Build.GENERATION + 1);
  }
}
