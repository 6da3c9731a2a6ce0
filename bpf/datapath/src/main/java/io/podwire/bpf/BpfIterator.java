package io.podwire.bpf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** An iterator program, attached to what it was compiled for; runs whenever it is told to. */
public final class BpfIterator extends Fd {

  private static final int BPF_TRACE_ITER = 28;

  private BpfIterator(int fd, String name) {
    super(fd, name);
  }

  /** Attaches a program; closing this detaches it. */
  public static BpfIterator attach(BpfProgram program) {
    Library library = Library.get();
    int fd =
        library.check(
            library.bpf.bpf_link_create(program.fd(), 0, BPF_TRACE_ITER, null),
            "attach",
            program.name);
    return new BpfIterator(fd, "iterator " + program.name);
  }

  /**
   * Runs the program for each object of the kernel; one over sockets for those of the calling
   * thread's network namespace.
   *
   * @return what it wrote
   */
  public String run() {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    int iterator = library.check(library.bpf.bpf_iter_create(fd()), "start", name);
    try {
      ByteBuffer output = Library.buffer(4096);
      long read;
      do { // the kernel goes on only while somebody reads, though there is nothing to read
        read = library.c.read(iterator, output, output.capacity());
        if (read > 0) {
          byte[] part = new byte[(int) read];
          output.get(0, part);
          written.writeBytes(part);
        }
      } while (read > 0 || (read < 0 && library.lastErrno() == Errno.EAGAIN));
      if (read < 0) {
        throw library.failure("run", name);
      }
      return written.toString(StandardCharsets.US_ASCII);
    } finally {
      library.c.close(iterator);
    }
  }
}
