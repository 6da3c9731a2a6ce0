package io.podwire.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A TCP socket on the loopback whose calls sleep in the kernel as those of a C program do: Java's
 * own may poll instead.
 */
public final class LoopbackSocket extends Fd {

  private static final int AF_INET = 2;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_WAITALL = 0x100;
  private static final int SHUT_RDWR = 2;
  private static final int POLLIN = 1;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int LOOPBACK = 0x7f000001;
  // offsets in struct sockaddr_in; the port and the address are in network order
  private static final int ADDRESS_BYTES = 16;
  private static final int PORT = 2;
  private static final int HOST = 4;
  private static final int EPOLL_EVENT_BYTES = 16;

  private LoopbackSocket(int fd) {
    super(fd, "a TCP socket on 127.0.0.1");
  }

  private static LoopbackSocket open() {
    Library library = Library.get();
    int fd = library.c.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return new LoopbackSocket(library.check(fd, "open", "a TCP socket"));
  }

  /** One that listens at a port of the kernel's choice. */
  public static LoopbackSocket listen() {
    LoopbackSocket socket = open();
    try {
      ByteBuffer any = Library.buffer(ADDRESS_BYTES).putShort(0, (short) AF_INET);
      any.order(ByteOrder.BIG_ENDIAN).putInt(HOST, LOOPBACK);
      socket.check(socket.library.c.bind(socket.fd(), any, ADDRESS_BYTES), "bind");
      socket.check(socket.library.c.listen(socket.fd(), 1), "listen at");
      return socket;
    } catch (BpfException e) {
      socket.close();
      throw e;
    }
  }

  /** One that is connected to this one, which listens. */
  public LoopbackSocket connect() {
    LoopbackSocket socket = open();
    try {
      socket.check(library.c.connect(socket.fd(), local(), ADDRESS_BYTES), "connect");
      return socket;
    } catch (BpfException e) {
      socket.close();
      throw e;
    }
  }

  /** The next one that is connected to this one; sleeps until there is one. */
  public LoopbackSocket accept() {
    return new LoopbackSocket(check(library.c.accept(fd(), null, null), "accept from"));
  }

  /** Sleeps in {@code recv(MSG_WAITALL)} until the connection ends. */
  public void sleepInReceive() {
    library.c.recv(fd(), Library.buffer(2), 2, MSG_WAITALL);
  }

  /** Sleeps in {@code poll()} until the connection ends. */
  public void sleepInPoll() {
    library.c.poll(Library.buffer(8).putInt(0, fd()).putShort(4, (short) POLLIN), 1, -1);
  }

  /** Has an epoll instance, which this returns, wait for the socket. */
  public AutoCloseable addToEpoll() {
    int fd = library.check(library.c.epoll_create1(SOCK_CLOEXEC), "open", "an epoll instance");
    Epoll epoll = new Epoll(fd);
    ByteBuffer event = Library.buffer(EPOLL_EVENT_BYTES).putInt(0, POLLIN);
    check(library.c.epoll_ctl(fd, EPOLL_CTL_ADD, fd(), event), "watch");
    return epoll;
  }

  /** Wakes whoever sleeps on it. */
  public void end() {
    library.c.shutdown(fd(), SHUT_RDWR);
  }

  /**
   * Its address and its peer's, then its port and its peer's, 12 bytes in network order; of one
   * that listens, no peer.
   */
  public ByteBuffer tuple() {
    ByteBuffer local = local();
    ByteBuffer peer = Library.buffer(ADDRESS_BYTES);
    library.c.getpeername(fd(), peer, length()); // stays empty where there is none
    return Library.buffer(12)
        .put(0, local, HOST, 4)
        .put(4, peer, HOST, 4)
        .put(8, local, PORT, 2)
        .put(10, peer, PORT, 2);
  }

  private ByteBuffer local() {
    ByteBuffer address = Library.buffer(ADDRESS_BYTES);
    check(library.c.getsockname(fd(), address, length()), "ask the address of");
    return address;
  }

  private static ByteBuffer length() {
    return Library.buffer(Integer.BYTES).putInt(0, ADDRESS_BYTES);
  }

  private int check(int result, String operation) {
    return library.check(result, operation, name);
  }

  private static final class Epoll extends Fd {
    Epoll(int fd) {
      super(fd, "an epoll instance");
    }
  }
}
