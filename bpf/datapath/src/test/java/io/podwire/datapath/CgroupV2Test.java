package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupV2Test {

  @TempDir Path directory;

  @Test
  void theHierarchyIsFoundBesideVersion1Controllers() throws IOException {
    Path mounts =
        mounts(
            "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"
                + "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n");
    assertThat(CgroupV2.root(mounts)).isEqualTo(Path.of("/sys/fs/cgroup/unified"));
  }

  @Test
  void aMountPointMayHaveSpaces() throws IOException {
    Path mounts = mounts("cgroup2 /mnt/control\\040groups cgroup2 rw 0 0\n");
    assertThat(CgroupV2.root(mounts)).isEqualTo(Path.of("/mnt/control groups"));
  }

  @Test
  void aMachineWithoutVersion2IsToldWhatToMount() throws IOException {
    Path mounts = mounts("cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n");
    assertThatThrownBy(() -> CgroupV2.root(mounts))
        .isInstanceOf(DatapathException.class)
        .hasMessageContainingAll("no cgroup v2", "mount -t cgroup2", "--cgroup");
  }

  private Path mounts(String text) throws IOException {
    return Files.writeString(directory.resolve("mounts"), text);
  }
}
