package io.podwire.datapath;

import io.podwire.bpf.FileSystemType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the machine must have before anything is loaded; each lack has a message of its own. */
final class Requirements {

  private static final String BTF = "sys/kernel/btf/vmlinux";
  private static final int PIECE_BYTES = 1 << 16;
  private static final int CAP_SYS_ADMIN = 21;

  /**
   * A capability.
   *
   * @param number its bit
   */
  private record Capability(String name, int number) {}

  private static final List<Capability> FOR_LOADING =
      List.of(
          new Capability("BPF", 39),
          new Capability("PERFMON", 38),
          new Capability("NET_ADMIN", 12));

  private static final List<Capability> FOR_NAMESPACES =
      List.of(new Capability("SYS_ADMIN", CAP_SYS_ADMIN), new Capability("SYS_PTRACE", 19));

  private final Path root;

  /**
   * @param root where {@code /proc} and {@code /sys} are looked for; {@code /} but in tests
   */
  Requirements(Path root) {
    this.root = root;
  }

  /**
   * @throws DatapathException naming the first lack
   */
  void check(Path pinDir, Path cgroup) {
    checkCapabilities();
    checkKernel();
    checkCgroup(cgroup);
    checkPinDir(pinDir);
  }

  private void checkKernel() {
    checkKernel(KernelRelease.running());
    checkBtf();
    checkLockdown(KernelRelease.running());
  }

  /**
   * What this kernel lacks, whoever asks; empty where it lacks nothing that is seen without a load.
   */
  Optional<String> lackOfKernel() {
    try {
      checkKernel();
      return Optional.empty();
    } catch (DatapathException e) {
      return Optional.of(e.getMessage());
    }
  }

  static void checkKernel(KernelRelease kernel) {
    if (!kernel.isAtLeast(KernelRelease.OLDEST)) {
      throw new DatapathException(
          "kernel "
              + kernel
              + " is too old: acceleration needs "
              + KernelRelease.OLDEST
              + " or newer");
    }
  }

  void checkBtf() {
    if (!Files.exists(root.resolve(BTF))) {
      throw new DatapathException(
          "this kernel has no BTF (/" + BTF + "): use one built with CONFIG_DEBUG_INFO_BTF");
    }
  }

  void checkLockdown(KernelRelease kernel) {
    if (Lockdown.in(root) == Lockdown.CONFIDENTIALITY
        && !kernel.isAtLeast(KernelRelease.WITH_TYPED_LOADS)) {
      throw lockedDown(kernel);
    }
  }

  /** Also for a load that fails by it where the kernel's own word is not to be seen. */
  static DatapathException lockedDown(KernelRelease kernel) {
    return new DatapathException(
        "kernel "
            + kernel
            + " is in lockdown=confidentiality, which refuses bpf_probe_read_kernel: acceleration"
            + " needs "
            + KernelRelease.WITH_TYPED_LOADS
            + " or newer there (bpf_rdonly_cast), or lockdown=integrity");
  }

  /**
   * By the names in BTF, which are those of the functions that this kernel has; takes some
   * milliseconds.
   */
  void checkSockhash() {
    try (InputStream btf = Files.newInputStream(root.resolve(BTF))) {
      if (holds(btf, "\0bpf_sock_hash_update\0".getBytes(StandardCharsets.US_ASCII))) {
        return;
      }
    } catch (IOException e) {
      throw new DatapathException("cannot read /" + BTF + ": " + e.getMessage(), e);
    }
    throw new DatapathException(
        "this kernel has no sockhash: use one built with CONFIG_BPF_STREAM_PARSER");
  }

  /**
   * In pieces: BTF is 5 MB, which an agent would never need again.
   *
   * @param name begins with a zero byte, and has none but at its ends
   */
  private static boolean holds(InputStream in, byte[] name) throws IOException {
    byte[] piece = new byte[PIECE_BYTES];
    int found = 0;
    for (int length = in.read(piece); length > 0; length = in.read(piece)) {
      for (int i = 0; i < length; i++) {
        if (piece[i] == name[found]) {
          found++;
        } else {
          found = piece[i] == 0 ? 1 : 0;
        }
        if (found == name.length) {
          return true;
        }
      }
    }
    return false;
  }

  static void checkAdoption(KernelRelease kernel) {
    if (!kernel.isAtLeast(KernelRelease.WITH_ADOPTION)) {
      throw new DatapathException(
          "kernel "
              + kernel
              + " is too old to adopt connections that are open already: that needs "
              + KernelRelease.WITH_ADOPTION
              + " or newer; those that are opened from now on join");
    }
  }

  /** For whoever looks into the network namespaces of others: to see and to enter them. */
  void checkNamespaces() {
    requireAll(
        FOR_NAMESPACES,
        effectiveCapabilities(),
        "looking for open connections in the network namespaces of pods");
  }

  private long effectiveCapabilities() {
    try (Stream<String> lines = Files.lines(root.resolve("proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("CapEff:"))
          .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
          .findFirst()
          .orElse(0L);
    } catch (IOException e) {
      throw new DatapathException("cannot read /proc/self/status: " + e.getMessage(), e);
    }
  }

  void checkCapabilities() {
    long effective = effectiveCapabilities();
    if (has(effective, CAP_SYS_ADMIN)) {
      return;
    }
    requireAll(FOR_LOADING, effective, "loading BPF programs");
  }

  private static void requireAll(List<Capability> wanted, long effective, String what) {
    List<String> missing =
        wanted.stream()
            .filter(capability -> !has(effective, capability.number()))
            .map(Capability::name)
            .toList();
    if (!missing.isEmpty()) {
      boolean one = missing.size() == 1;
      throw new DatapathException(
          what
              + " needs the "
              + (one ? "capability " : "capabilities ")
              + String.join(", ", missing)
              + ": run as root (sudo), or add "
              + (one ? "it" : "them")
              + " to the container");
    }
  }

  private static boolean has(long capabilities, int capability) {
    return (capabilities >>> capability & 1) == 1;
  }

  private static void checkCgroup(Path cgroup) {
    if (!Files.isDirectory(cgroup) || !FileSystemType.CGROUP2.holds(cgroup)) {
      throw new DatapathException(
          "--cgroup "
              + cgroup
              + " is not a cgroup v2 directory: name one below "
              + CgroupV2.root());
    }
  }

  private static void checkPinDir(Path pinDir) {
    Path existing = pinDir.toAbsolutePath();
    while (!Files.exists(existing)) {
      existing = existing.getParent(); // the pin directory itself is made later
    }
    if (!Files.isDirectory(existing) || !FileSystemType.BPF.holds(existing)) {
      throw new DatapathException(
          "--pin-dir "
              + pinDir
              + " is not on a BPF file system: mount one (mount -t bpf bpf /sys/fs/bpf)");
    }
  }
}
