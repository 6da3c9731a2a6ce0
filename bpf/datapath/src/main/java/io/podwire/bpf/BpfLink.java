package io.podwire.bpf;

import java.nio.file.Path;

/** The attachment of a program. Ends when it is neither pinned nor open. */
public final class BpfLink extends Fd {

  /** What a program hears of in a cgroup, with its number in {@code enum bpf_attach_type}. */
  public enum Hook {
    SOCK_OPS(3),
    GETSOCKOPT(21),
    SETSOCKOPT(22);

    private final int attachType;

    Hook(int attachType) {
      this.attachType = attachType;
    }
  }

  private static final int INFO_CGROUP_ID = 16; // offset in struct bpf_link_info

  private BpfLink(int fd, String name) {
    super(fd, name);
  }

  /**
   * Attaches a program to all sockets of the cgroup and those below it, beside what others
   * attached.
   */
  public static BpfLink attach(BpfProgram program, Hook hook, Path cgroup) {
    Library library = Library.get();
    int directory =
        library.check(library.c.open(cgroup.toString(), 0), "open cgroup", cgroup.toString());
    try {
      int fd =
          library.check(
              library.bpf.bpf_link_create(program.fd(), directory, hook.attachType, null),
              "attach",
              program.name + " to cgroup " + cgroup);
      return new BpfLink(fd, "link to " + cgroup);
    } finally {
      library.c.close(directory);
    }
  }

  /** Attaches a program to the kernel function that it was compiled for. */
  public static BpfLink attach(BpfProgram program) {
    Library library = Library.get();
    int fd =
        library.check(
            library.bpf.bpf_raw_tracepoint_open(null, program.fd()), "attach", program.name);
    return new BpfLink(fd, "link of " + program.name);
  }

  /** Opens a pinned link. */
  public static BpfLink open(Path pin) {
    return new BpfLink(openPinned(pin), "link " + pin);
  }

  /**
   * Of a link to a cgroup: the cgroup's id, which is its directory's inode number; 0 if the cgroup
   * was removed.
   */
  public long cgroupId() {
    return info().getLong(INFO_CGROUP_ID);
  }
}
