package io.podwire.testing;

import io.podwire.testbed.Testbed;
import io.podwire.testbed.TestbedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips or fails a {@link KernelTest} where the kernel is out of reach. */
final class KernelCondition implements ExecutionCondition {

  /**
   * Capabilities that loading and attaching need: CAP_NET_ADMIN, CAP_SYS_ADMIN; bit numbers of
   * linux/capability.h.
   */
  private static final long CAPABILITIES = 1L << 12 | 1L << 21;

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Optional<String> missing = missing();
    if (missing.isPresent() && Boolean.getBoolean("podwire.kernel.required")) {
      throw new IllegalStateException("a kernel test cannot run: " + missing.get());
    }
    // Surefire counts what is skipped and does not say why.
    missing.ifPresent(
        why -> System.out.println("skipped " + context.getDisplayName() + ": " + why));
    return missing
        .map(ConditionEvaluationResult::disabled)
        .orElseGet(() -> ConditionEvaluationResult.enabled("root, cgroup v2 and bpf are there"));
  }

  private static Optional<String> missing() {
    try {
      if (!((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).equals(0)) {
        return Optional.of("it needs root");
      }
      if ((effectiveCapabilities() & CAPABILITIES) != CAPABILITIES) {
        return Optional.of(
            "this root lacks CAP_NET_ADMIN or CAP_SYS_ADMIN: a container's, perhaps");
      }
      // The kernel lists the file system only where it was built with the bpf system call.
      if (Files.readAllLines(Path.of("/proc/filesystems")).stream()
          .noneMatch(line -> line.endsWith("\tbpf"))) {
        return Optional.of("this kernel has no bpf file system");
      }
      Testbed.cgroupRoot();
      return Optional.empty();
    } catch (IOException | TestbedException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static long effectiveCapabilities() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("CapEff:"))
          .mapToLong(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
          .findFirst()
          .orElse(0);
    }
  }
}
