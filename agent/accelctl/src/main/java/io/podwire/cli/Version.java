package io.podwire.cli;

import io.podwire.agent.ProductVersion;
import io.podwire.datapath.Build;
import picocli.CommandLine.IVersionProvider;

/** The version, and which build of the kernel programs it carries for the running kernel. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    Build build = Build.carried();
    return new String[] {
      "accelctl " + ProductVersion.get(),
      "programs %s (generation %d, sha256 %s)".formatted(build, build.generation(), build.sha256()),
    };
  }
}
