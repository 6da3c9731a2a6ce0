package io.podwire.bpf;

import java.nio.file.Path;

/** The attachment of a program to a cgroup. Ends when it is neither pinned nor open. */
public final class CgroupLink extends Fd {

  private static final int BPF_CGROUP_SOCK_OPS = 3;
  private static final int INFO_CGROUP_ID = 16; // offset in struct bpf_link_info

  private CgroupLink(int fd, String name) {
    super(fd, name);
  }

  /**
   * Attaches a sockops program to all sockets of the cgroup and those below it, beside what others
   * attached.
   */
  public static CgroupLink attach(BpfProgram program, Path cgroup) {
    Library library = Library.get();
    int directory =
        library.check(library.c.open(cgroup.toString(), 0), "open cgroup", cgroup.toString());
    try {
      int fd =
          library.check(
              library.bpf.bpf_link_create(program.fd(), directory, BPF_CGROUP_SOCK_OPS, null),
              "attach",
              program.name + " to cgroup " + cgroup);
      return new CgroupLink(fd, "link to " + cgroup);
    } finally {
      library.c.close(directory);
    }
  }

  /** Opens a pinned link. */
  public static CgroupLink open(Path pin) {
    return new CgroupLink(openPinned(pin), "link " + pin);
  }

  /** The id of the cgroup, which is its directory's inode number; 0 if the cgroup was removed. */
  public long cgroupId() {
    return info().getLong(INFO_CGROUP_ID);
  }
}
