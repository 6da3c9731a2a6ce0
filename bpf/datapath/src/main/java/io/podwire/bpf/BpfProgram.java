package io.podwire.bpf;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/** A loaded program. */
public final class BpfProgram extends Fd {

  private static final int BPF_SK_MSG_VERDICT = 7;
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
}
