package io.podwire.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;

/** The system's libbpf, the few calls of libc beside it, and what their failures are called. */
final class Library {

  /**
   * {@code libbpf.so.1} since 1.0; {@code libbpf.so.0} has the same functions under the older error
   * convention.
   */
  private static final String[] NAMES = {"libbpf.so.1", "libbpf.so.0"};

  /** Loads on first use; what failed then fails always, with the same message. */
  private static final class Holder {
    static final Library INSTANCE;
    static final BpfException FAILURE;

    static {
      Library loaded = null;
      BpfException failure = null;
      try {
        loaded = new Library();
      } catch (BpfException e) {
        failure = e;
      }
      INSTANCE = loaded;
      FAILURE = failure;
    }
  }

  private static final int VA_LIST_BYTES = 32; // 24 on x86-64, 32 on arm64

  final LibC c = new LibC();
  final LibBpf bpf = loadBpf();
  private final NativeLibrary.PrintFunction print = this::log;

  @SuppressWarnings("JdkObsolete") // any thread's call can log
  private final StringBuffer log = new StringBuffer();

  private Library() {}

  /**
   * @throws BpfException where the system has no libbpf, or one that is too old
   */
  static Library get() {
    if (Holder.FAILURE != null) {
      throw Holder.FAILURE;
    }
    return Holder.INSTANCE;
  }

  private static LibBpf loadBpf() {
    for (String name : NAMES) {
      LibBpf bpf;
      try {
        bpf = new LibBpf(name);
      } catch (UnsatisfiedLinkError e) {
        continue; // the next one
      }
      if (!bpf.isNewEnough()) {
        throw new BpfException(
            "the system's libbpf is too old: install libbpf 0.5 or newer (Debian: libbpf1)");
      }
      return bpf;
    }
    throw new BpfException(
        "libbpf is not installed: install libbpf 0.5 or newer (Debian: libbpf1, Ubuntu 22.04: libbpf0)");
  }

  /**
   * The address of the object that libbpf returned; it says an error by NULL, before 1.0 by an
   * address in the last page.
   */
  long check(long address, String operation, String object) {
    if (address == 0) {
      throw failure(lastErrno(), operation, object);
    }
    if (Long.compareUnsigned(address, -4096L) > 0) {
      throw failure((int) -address, operation, object);
    }
    return address;
  }

  /**
   * Notes what libbpf says from now on, for the message of a failure. Only what takes a compiled
   * object has it say something, so who reads maps is spared the making of a callback.
   */
  void listen() {
    bpf.libbpf_set_print(print);
    log.setLength(0);
  }

  /** Zeroed memory that the kernel can read and write. */
  static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** The value of a call that returns -errno on failure, or -1 and sets errno. */
  int check(int result, String operation, String object) {
    if (result < 0) {
      throw failure(result == -1 ? lastErrno() : -result, operation, object);
    }
    return result;
  }

  /** The failure of the call just made on this thread. */
  BpfException failure(String operation, String object) {
    return failure(lastErrno(), operation, object);
  }

  private BpfException failure(int errno, String operation, String object) {
    String said = log.toString();
    log.setLength(0);
    return new BpfException(operation, object, errno, hint(operation, errno, said), said);
  }

  /** errno of the call just made on this thread. */
  int lastErrno() {
    return NativeLibrary.lastErrno();
  }

  private static String hint(String operation, int errno, String said) {
    String verifier = verifierLine(said);
    if (!verifier.isEmpty()) {
      return "the verifier says: " + verifier;
    }
    return switch (errno) {
      case Errno.EPERM, Errno.EACCES ->
          "needs root, or the capabilities BPF, PERFMON and NET_ADMIN";
      case Errno.EBUSY -> operation.equals("attach") ? "another BPF program is attached there" : "";
      case Errno.E2BIG, Errno.ENOSPC -> operation.equals("write to") ? "the map is full" : "";
      default -> "";
    };
  }

  /**
   * The last line of the verifier's log that says what it objects to; empty if there is no such
   * log.
   */
  static String verifierLine(String said) {
    int end = said.indexOf("-- END PROG LOAD LOG --");
    if (end < 0) {
      return "";
    }
    String[] lines = said.substring(0, end).strip().split("\n");
    for (int i = lines.length - 1; i >= 0; i--) {
      if (!lines[i].startsWith("processed ") && !lines[i].isBlank()) {
        return lines[i].strip();
      }
    }
    return "";
  }

  private int log(int level, long format, long arguments) {
    if (level > 1) {
      return 0; // debug
    }
    int length = print(Library.buffer(0), format, arguments);
    ByteBuffer text = Library.buffer(length + 1);
    print(text, format, arguments);
    byte[] said = new byte[length];
    text.get(said);
    log.append(new String(said, Charset.defaultCharset()));
    return length;
  }

  /** Returns the length of the whole text; vsnprintf uses its va_list up, so it gets a copy. */
  private int print(ByteBuffer text, long format, long arguments) {
    ByteBuffer list = NativeLibrary.copy(arguments, VA_LIST_BYTES);
    return c.vsnprintf(text, text.capacity(), format, list);
  }
}
