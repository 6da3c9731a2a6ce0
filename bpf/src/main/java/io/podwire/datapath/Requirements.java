package io.podwire.datapath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the machine must have before anything is loaded; each lack has a message of its own. */
final class Requirements {

  private static final int CAP_NET_ADMIN = 12;
  private static final int CAP_SYS_ADMIN = 21;
  private static final int CAP_PERFMON = 38;
  private static final int CAP_BPF = 39;

  private final Path root;

  /** @param root where {@code /proc} and {@code /sys} are looked for; {@code /} but in tests */
  Requirements(Path root) {
    this.root = root;
  }

  /** @throws DatapathException naming the first lack */
  void check(Path pinDir, Path cgroup) {
    checkCapabilities();
    checkBtf();
    checkFileSystem(cgroup, "cgroup2", "--cgroup", "a cgroup v2 directory");
    checkFileSystem(
        pinDir, "bpf", "--pin-dir", "on a BPF file system: mount one (mount -t bpf bpf /sys/fs/bpf)");
  }

  void checkBtf() {
    if (!Files.exists(root.resolve("sys/kernel/btf/vmlinux"))) {
      throw new DatapathException(
          "this kernel has no BTF (/sys/kernel/btf/vmlinux): use one built with CONFIG_DEBUG_INFO_BTF");
    }
  }

  void checkCapabilities() {
    long effective;
    try (Stream<String> lines = Files.lines(root.resolve("proc/self/status"))) {
      effective =
          lines
              .filter(line -> line.startsWith("CapEff:"))
              .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
              .findFirst()
              .orElse(0L);
    } catch (IOException e) {
      throw new DatapathException("cannot read /proc/self/status: " + e.getMessage(), e);
    }
    if (has(effective, CAP_SYS_ADMIN)) {
      return;
    }
    List<String> missing =
        Stream.of("BPF", "PERFMON", "NET_ADMIN")
            .filter(
                name ->
                    !has(
                        effective,
                        switch (name) {
                          case "BPF" -> CAP_BPF;
                          case "PERFMON" -> CAP_PERFMON;
                          default -> CAP_NET_ADMIN;
                        }))
            .toList();
    if (!missing.isEmpty()) {
      throw new DatapathException(
          "loading BPF programs needs the capabilit"
              + (missing.size() == 1 ? "y " : "ies ")
              + String.join(", ", missing)
              + ": run as root (sudo)");
    }
  }

  private static boolean has(long capabilities, int capability) {
    return (capabilities >>> capability & 1) == 1;
  }

  /** The nearest directory that exists decides: the pin directory itself is made later. */
  private static void checkFileSystem(Path directory, String type, String option, String wanted) {
    Path existing = directory.toAbsolutePath();
    while (!Files.exists(existing) && type.equals("bpf")) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing)) {
      throw new DatapathException(option + " " + directory + " is not a directory");
    }
    try {
      String found = Files.getFileStore(existing).type();
      if (!found.equals(type)) {
        throw new DatapathException(option + " " + directory + " is not " + wanted);
      }
    } catch (IOException e) {
      throw new DatapathException("cannot read the mounts of " + directory + ": " + e.getMessage(), e);
    }
  }
}
