package io.podwire.datapath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

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
    try (Stream<String> lines = Files.lines(mounts)) {
      return lines
          .map(line -> line.split(" "))
          .filter(mount -> mount.length > 2 && mount[2].equals("cgroup2"))
          .map(mount -> Path.of(mount[1].replace("\\040", " ")))
          .findFirst()
          .orElseThrow(
              () ->
                  new DatapathException(
                      "no cgroup v2 hierarchy is mounted: mount one (mount -t cgroup2 none /sys/fs/cgroup/unified) or name it with --cgroup"));
    } catch (IOException e) {
      throw new DatapathException("cannot read " + mounts + ": " + e.getMessage(), e);
    }
  }
}
