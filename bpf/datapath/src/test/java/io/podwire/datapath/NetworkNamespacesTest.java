package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkNamespacesTest {

  @TempDir Path proc;

  /** To one that has ended since the kernel says "denied", too. */
  @Test
  void aProcessThatMayNotBeSeenIsCountedAndOneThatHasEndedIsNot() throws IOException {
    Path hidden = Files.createDirectory(proc.resolve("7"));
    Path ended = Files.createDirectory(proc.resolve("8"));
    Files.createDirectory(proc.resolve("self"));

    try (NetworkNamespaces namespaces =
        NetworkNamespaces.ofProcesses(
            proc,
            link -> {
              assertThat(link.endsWith("ns/net")).isTrue();
              if (!link.startsWith(hidden)) {
                Files.deleteIfExists(ended);
              }
              throw new AccessDeniedException(link.toString());
            })) {

      assertThat(namespaces.all()).isEmpty();
      assertThat(namespaces.denied()).isEqualTo(1);
    }
  }
}
