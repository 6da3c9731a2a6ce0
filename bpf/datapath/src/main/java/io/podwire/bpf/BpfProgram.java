package io.podwire.bpf;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A loaded program. */
public final class BpfProgram extends Fd {

  private static final int BPF_SK_MSG_VERDICT = 7;
  private static final int TYPE_SK_MSG = 16;
  // offsets in struct bpf_prog_info
  private static final int INFO_TYPE = 0;
  private static final int INFO_ID = 4;
  private static final int INFO_NAME = 64;
  private static final int TEST_RUN_OPTIONS_BYTES = 72;
  private static final int TEST_RUN_RETURNED = 56; // offset of retval in struct bpf_test_run_opts
  private static final int ETHERNET_HEADER_BYTES = 14;

  BpfProgram(int fd, String name) {
    super(fd, name);
  }

  /** Opens a pinned program. */
  public static BpfProgram open(Path pin) {
    return new BpfProgram(openPinned(pin), "program " + pin);
  }

  /**
   * Makes this sk_msg program the verdict of the sockets that join the sockhash from now on.
   *
   * @throws BpfException with {@link Errno#EBUSY} where another program is
   */
  public void attachVerdict(BpfMap sockhash) {
    library.check(
        library.bpf.bpf_prog_attach(fd(), sockhash.fd(), BPF_SK_MSG_VERDICT, 0),
        "attach",
        name + " to " + sockhash.name);
  }

  /** Runs the program once, on an empty packet; returns what it returned. */
  public int testRun() {
    return testRun(Library.buffer(ETHERNET_HEADER_BYTES));
  }

  /**
   * Runs the program once, on a packet that it may change.
   *
   * @param beginning the first bytes of the packet; the others are 0
   * @param bytes the packet's size, at least the 14 of an Ethernet header
   * @return the packet as the program left it, in native byte order; empty where it returned
   *     anything but 0
   */
  public Optional<ByteBuffer> testRun(ByteBuffer beginning, int bytes) {
    ByteBuffer packet = Library.buffer(bytes).put(beginning.duplicate()).rewind();
    return testRun(packet) == 0 ? Optional.of(packet) : Optional.empty();
  }

  private int testRun(ByteBuffer packet) {
    ByteBuffer options = Library.buffer(TEST_RUN_OPTIONS_BYTES);
    long address = NativeLibrary.address(packet);
    options.putLong(0, TEST_RUN_OPTIONS_BYTES);
    options.putLong(8, address).putLong(16, address);
    options.putInt(24, packet.capacity()).putInt(28, packet.capacity());
    try {
      library.check(library.bpf.bpf_prog_test_run_opts(fd(), options), "run", name);
    } finally {
      Reference.reachabilityFence(packet); // options have only its address
    }
    return options.getInt(TEST_RUN_RETURNED);
  }

  /** Identifies the program on this kernel until it is unloaded. */
  public int id() {
    return info().getInt(INFO_ID);
  }

  /** The name the kernel knows it by, at most 15 characters. */
  public String kernelName() {
    ByteBuffer info = info();
    byte[] raw = new byte[16];
    info.position(INFO_NAME).get(raw);
    return new String(raw, StandardCharsets.US_ASCII).replaceAll("\0.*", "");
  }

  /** The names and ids of all sk_msg programs on this machine but one; CAP_SYS_ADMIN sees them. */
  public static List<String> otherVerdicts(int ours) {
    Library library = Library.get();
    List<String> others = new ArrayList<>();
    ByteBuffer next = Library.buffer(Integer.BYTES);
    int id = 0;
    while (library.bpf.bpf_prog_get_next_id(id, next) == 0) {
      id = next.getInt(0);
      int fd = library.bpf.bpf_prog_get_fd_by_id(id);
      if (fd < 0) {
        continue; // unloaded meanwhile
      }
      try (BpfProgram program = new BpfProgram(fd, "program " + id)) {
        if (id != ours && program.info().getInt(INFO_TYPE) == TYPE_SK_MSG) {
          others.add(program.kernelName() + " (id " + id + ")");
        }
      }
    }
    return others;
  }
}
