package io.podwire.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.Delegate;

/**
 * The system's libbpf, and the few calls of libc beside it. The only class that knows JNR.
 *
 * <p>Only functions that libbpf has had since 0.5 are used, so that Ubuntu 22.04's serves too.
 */
final class Library {

  /**
   * {@code libbpf.so.1} since 1.0; {@code libbpf.so.0} has the same functions under the older error
   * convention.
   */
  private static final String[] NAMES = {"libbpf.so.1", "libbpf.so.0"};

  /** Functions of libbpf, in the words of {@code bpf/libbpf.h} and {@code bpf/bpf.h}. */
  public interface LibBpf {
    void libbpf_set_print(PrintFunction function);

    int libbpf_num_possible_cpus();

    Pointer bpf_object__open_mem(ByteBuffer image, long size, Pointer options);

    int bpf_object__load(Pointer object);

    void bpf_object__close(Pointer object);

    Pointer bpf_object__find_map_by_name(Pointer object, String name);

    Pointer bpf_object__find_program_by_name(Pointer object, String name);

    int bpf_map__set_pin_path(Pointer map, String path);

    int bpf_map__set_max_entries(Pointer map, int entries);

    Pointer bpf_object__next_program(Pointer object, Pointer previous);

    String bpf_program__name(Pointer program);

    int bpf_program__set_autoload(Pointer program, boolean load);

    int bpf_program__fd(Pointer program);

    int bpf_obj_get(String path);

    int bpf_obj_pin(int fd, String path);

    int bpf_obj_get_info_by_fd(int fd, ByteBuffer info, ByteBuffer length);

    int bpf_link_create(int program, int target, int attachType, ByteBuffer options);

    int bpf_iter_create(int link);

    int bpf_raw_tracepoint_open(String name, int program);

    int bpf_prog_attach(int program, int target, int attachType, int flags);

    int bpf_prog_test_run_opts(int program, ByteBuffer options);

    int bpf_map_lookup_elem(int map, ByteBuffer key, ByteBuffer value);

    int bpf_map_update_elem(int map, ByteBuffer key, ByteBuffer value, long flags);

    int bpf_map_delete_elem(int map, ByteBuffer key);

    int bpf_map_get_next_key(int map, ByteBuffer key, ByteBuffer next);

    int bpf_map_lookup_batch(
        int map,
        ByteBuffer from,
        ByteBuffer next,
        ByteBuffer keys,
        ByteBuffer values,
        ByteBuffer count,
        ByteBuffer options);
  }

  /** {@code libbpf_print_fn_t}. */
  public interface PrintFunction {
    @Delegate
    int print(int level, Pointer format, Pointer arguments);
  }

  /** Functions of libc. */
  public interface LibC {
    int open(String path, int flags);

    int close(int fd);

    long read(int fd, ByteBuffer bytes, long size);

    int setns(int fd, int type);

    int flock(int fd, int operation);

    int statfs(String path, ByteBuffer status);

    int socket(int domain, int type, int protocol);

    int bind(int fd, ByteBuffer address, int length);

    int listen(int fd, int backlog);

    int connect(int fd, ByteBuffer address, int length);

    int accept(int fd, Pointer address, Pointer length);

    int getsockname(int fd, ByteBuffer address, ByteBuffer length);

    int getpeername(int fd, ByteBuffer address, ByteBuffer length);

    long recv(int fd, ByteBuffer bytes, long size, int flags);

    int shutdown(int fd, int how);

    int poll(ByteBuffer fds, long count, int timeout);

    int epoll_create1(int flags);

    int epoll_ctl(int epoll, int operation, int fd, ByteBuffer event);

    int vsnprintf(Pointer buffer, long size, Pointer format, Pointer arguments);
  }

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

  final LibBpf bpf;
  final LibC c;
  private final Runtime runtime;
  // libbpf keeps only the function pointer, so this reference keeps it alive
  private final PrintFunction print = this::log;

  @SuppressWarnings("JdkObsolete") // any thread's call can log
  private final StringBuffer log = new StringBuffer();

  private Library() {
    c = LibraryLoader.create(LibC.class).load("libc.so.6");
    bpf = loadBpf();
    runtime = Runtime.getRuntime(bpf);
    try {
      bpf.bpf_prog_test_run_opts(-1, null); // the youngest of the functions: fails, if it is there
    } catch (UnsatisfiedLinkError e) {
      throw new BpfException(
          "the system's libbpf is too old: install libbpf 0.5 or newer (Debian: libbpf1)");
    }
  }

  /**
   * @throws BpfException where the system has no libbpf, or one that is too old
   */
  static Library get() {
    if (Holder.FAILURE != null) {
      throw Holder.FAILURE;
    }
    return Holder.INSTANCE;
  }

  /** Functions are looked up when they are first called: a verb needs few of them. */
  private static LibBpf loadBpf() {
    for (String name : NAMES) {
      try {
        LibBpf bpf = LibraryLoader.create(LibBpf.class).load(name);
        bpf.libbpf_num_possible_cpus(); // the oldest of the functions: only now it is opened
        return bpf;
      } catch (UnsatisfiedLinkError e) {
        // the next one
      }
    }
    throw new BpfException(
        "libbpf is not installed: install libbpf 0.5 or newer (Debian: libbpf1, Ubuntu 22.04: libbpf0)");
  }

  /**
   * The object that libbpf returned a pointer to; it says an error by NULL, before 1.0 by an
   * address in the last page.
   */
  Pointer check(Pointer pointer, String operation, String object) {
    if (pointer == null) {
      throw failure(lastErrno(), operation, object);
    }
    if (Long.compareUnsigned(pointer.address(), -4096L) > 0) {
      throw failure((int) -pointer.address(), operation, object);
    }
    return pointer;
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

  /** The address of a direct buffer, for structs that hold pointers. */
  long address(ByteBuffer buffer) {
    return Pointer.wrap(runtime, buffer).address();
  }

  /** errno of the call just made on this thread. */
  int lastErrno() {
    return LastError.getLastError(runtime);
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

  private int log(int level, Pointer format, Pointer arguments) {
    if (level > 1) {
      return 0; // debug
    }
    // vsnprintf uses its va_list up, so the length is asked for with a copy
    byte[] list = new byte[VA_LIST_BYTES];
    arguments.get(0, list, 0, VA_LIST_BYTES);
    Pointer copy = runtime.getMemoryManager().allocateDirect(VA_LIST_BYTES);
    copy.put(0, list, 0, VA_LIST_BYTES);
    int length = c.vsnprintf(null, 0, format, copy);
    Pointer text = runtime.getMemoryManager().allocateDirect(length + 1);
    c.vsnprintf(text, length + 1L, format, arguments);
    log.append(text.getString(0));
    return length;
  }
}
