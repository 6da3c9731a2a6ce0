package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RequirementsTest {

  @TempDir Path root;

  @Test
  void anOrdinaryUserIsToldWhatIsMissing() throws IOException {
    give("proc/self/status", "Name:\tjava\nCapEff:\t0000000000000000\n");

    assertThatExceptionOfType(DatapathException.class)
        .isThrownBy(() -> new Requirements(root).checkCapabilities())
        .withMessage(
            "loading BPF programs needs the capabilities BPF, PERFMON, NET_ADMIN: run as root (sudo), or add them to the container");
  }

  @Test
  void theThreeCapabilitiesAreEnough() throws IOException {
    give("proc/self/status", "CapEff:\t000000c000001000\n");

    assertThatCode(() -> new Requirements(root).checkCapabilities()).doesNotThrowAnyException();
  }

  @Test
  void whoLooksIntoTheNamespacesOfPodsIsToldWhatHeLacks() throws IOException {
    give("proc/self/status", "CapEff:\t000000c000001000\n");
    assertThatExceptionOfType(DatapathException.class)
        .isThrownBy(() -> new Requirements(root).checkNamespaces())
        .withMessage(
            "looking for open connections in the network namespaces of pods needs the capabilities"
                + " SYS_ADMIN, SYS_PTRACE: run as root (sudo), or add them to the container");

    give("proc/self/status", "CapEff:\t0000000000200000\n");
    assertThatExceptionOfType(DatapathException.class)
        .isThrownBy(() -> new Requirements(root).checkNamespaces())
        .withMessageContaining("the capability SYS_PTRACE: ");

    give("proc/self/status", "CapEff:\t0000000000280000\n");
    assertThatCode(() -> new Requirements(root).checkNamespaces()).doesNotThrowAnyException();
  }

  @Test
  void anOldKernelIsRefused() {
    assertThatExceptionOfType(DatapathException.class)
        .isThrownBy(() -> Requirements.checkKernel(KernelRelease.parse("5.4.0-200-generic")))
        .withMessage("kernel 5.4 is too old: acceleration needs 5.10 or newer");
    assertThatCode(() -> Requirements.checkKernel(KernelRelease.parse("6.1.0-40-amd64")))
        .doesNotThrowAnyException();
  }

  @Test
  void lockdownForConfidentialityNeedsAKernelWithTypedLoads() throws IOException {
    give("sys/kernel/security/lockdown", "none integrity [confidentiality]\n");

    assertThatExceptionOfType(DatapathException.class)
        .isThrownBy(() -> new Requirements(root).checkLockdown(KernelRelease.parse("6.1.0-50")))
        .withMessage(
            "kernel 6.1 is in lockdown=confidentiality, which refuses bpf_probe_read_kernel:"
                + " acceleration needs 6.2 or newer there (bpf_rdonly_cast), or lockdown=integrity");
    assertThatCode(() -> new Requirements(root).checkLockdown(KernelRelease.parse("6.2.0")))
        .doesNotThrowAnyException();
  }

  @Test
  void otherLockdownTakesThePrograms() throws IOException {
    KernelRelease old = KernelRelease.parse("5.10.0-32-amd64");
    assertThatCode(() -> new Requirements(root).checkLockdown(old)).doesNotThrowAnyException();

    give("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    assertThatCode(() -> new Requirements(root).checkLockdown(old)).doesNotThrowAnyException();
  }

  @Test
  void aKernelWithoutBtfIsRefused() {
    assertThatExceptionOfType(DatapathException.class)
        .isThrownBy(() -> new Requirements(root).checkBtf())
        .withMessageContaining("no BTF")
        .withMessageContaining("CONFIG_DEBUG_INFO_BTF");
  }

  @Test
  void aKernelWithoutSockhashIsRefused() throws IOException {
    give("sys/kernel/btf/vmlinux", "\0tcp_bpf_sendmsg\0BPF_FUNC_sock_hash_update\0");

    assertThatExceptionOfType(DatapathException.class)
        .isThrownBy(() -> new Requirements(root).checkSockhash())
        .withMessage("this kernel has no sockhash: use one built with CONFIG_BPF_STREAM_PARSER");

    give("sys/kernel/btf/vmlinux", "\0tcp_bpf_sendmsg\0bpf_sock_hash_update\0sock\0");
    assertThatCode(() -> new Requirements(root).checkSockhash()).doesNotThrowAnyException();
  }

  @Test
  void aMachineWithoutCgroupV2IsRefused() throws IOException {
    give("mounts", "cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\n");

    assertThatExceptionOfType(DatapathException.class)
        .isThrownBy(() -> CgroupV2.root(root.resolve("mounts")))
        .withMessageStartingWith("no cgroup v2 hierarchy is mounted");
  }

  private void give(String file, String text) throws IOException {
    Files.createDirectories(root.resolve(file).getParent());
    Files.writeString(root.resolve(file), text);
  }
}
