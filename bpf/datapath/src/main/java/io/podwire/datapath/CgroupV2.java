package io.podwire.datapath;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The cgroup v2 hierarchy, found through the mount table: a hybrid machine has it beside the v1
 * controllers.
 */
public final class CgroupV2 {

  private CgroupV2() {}

  /**
   * The root of the hierarchy.
   *
   * @throws DatapathException where no cgroup v2 is mounted
   */
  public static Path root() {
    return root(Path.of("/proc/self/mounts"));
  }

  static Path root(Path mounts) {
    try (BufferedReader lines = Files.newBufferedReader(mounts)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] mount = line.split(" ");
        if (mount.length > 2 && mount[2].equals("cgroup2")) {
          return Path.of(mount[1].replace("\\040", " "));
        }
      }
    } catch (IOException e) {
      throw new DatapathException("cannot read " + mounts + ": " + e.getMessage(), e);
    }
    throw new DatapathException(
        "no cgroup v2 hierarchy is mounted: mount one (mount -t cgroup2 none /sys/fs/cgroup/unified) or name it with --cgroup");
  }
}
