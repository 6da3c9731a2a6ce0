package io.podwire.bpf;

/**
 * A call into the kernel's BPF subsystem failed. The message is one line: operation, object, errno,
 * hint. The log of libbpf and the verifier is kept for who asks.
 */
public final class BpfException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int errno;
  private final String log;

  BpfException(String operation, String object, int errno, String hint, String log) {
    super(
        "can't "
            + operation
            + " "
            + object
            + ": "
            + Errno.name(errno)
            + (hint.isEmpty() ? "" : " (" + hint + ")"));
    this.errno = errno;
    this.log = log;
  }

  BpfException(String message) {
    super(message);
    this.errno = 0;
    this.log = "";
  }

  /** The positive error number, see {@link Errno}; 0 where no call failed. */
  public int errno() {
    return errno;
  }

  /** What libbpf and the verifier said, several lines; empty if nothing. */
  public String log() {
    return log;
  }
}
