package io.podwire.cli;

import io.podwire.agent.ProductVersion;
import io.podwire.datapath.Build;
import picocli.CommandLine.IVersionProvider;

/**
 * The version and its commit, and which build of the kernel programs it carries for this kernel.
 */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    Build build = Build.carried();
    return new String[] {
      "accelctl %s (commit %s)".formatted(ProductVersion.get(), ProductVersion.commit()),
      "programs %s (generation %d, sha256 %s)".formatted(build, build.generation(), build.sha256()),
    };
  }
}
