package io.podwire.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Serves a few pages by HTTP on one address, one request a connection, from a thread that waits for
 * no client and for no work that a request began. A client that did not send its request and read
 * the answer in time is cut off, and where too many are connected the one that came first; so slow
 * ones keep nobody out. The JDK's server cannot stand in: it reads a request in a thread that waits
 * for the rest of it.
 */
final class HttpEndpoint implements AutoCloseable {

  /** How long a client may take, from its connection to its last byte of the answer. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int MAX_CONNECTIONS = 256;
  private static final int MAX_REQUEST_BYTES = 8192;

  /** The most connections that wait to be accepted: a burst, while a page is being made. */
  private static final int BACKLOG = 1024;

  /**
   * An answer.
   *
   * @param code the HTTP status
   * @param type the content's type
   * @param body the content
   */
  record Answer(int code, String type, String body) {

    static Answer ok(String body) {
      return new Answer(200, HttpPages.TEXT, body + "\n");
    }

    static Answer bad(String why) {
      return new Answer(400, HttpPages.TEXT, why + "\n");
    }

    static Answer notFound(String what) {
      return new Answer(404, HttpPages.TEXT, what + "\n");
    }

    static Answer unavailable(String why) {
      return new Answer(503, HttpPages.TEXT, why + "\n");
    }
  }

  private final ServerSocketChannel listener;
  private final SocketAddress address;
  private final Selector selector;
  private final Duration patience;
  private final Thread thread;
  private final HttpPages pages = new HttpPages();

  /** Connections in the order in which they came, which is that of their deadlines. */
  private final Deque<Connection> connections = new ArrayDeque<>();

  /** Connections whose answer came after their request was read. */
  private final Queue<Connection> answered = new ConcurrentLinkedQueue<>();

  private HttpEndpoint(String name, ServerSocketChannel listener, Duration patience)
      throws IOException {
    this.listener = listener;
    this.address = listener.getLocalAddress();
    this.patience = patience;
    selector = Selector.open();
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /**
   * Listens, and answers after {@link #start}. On a loopback address it answers this host only,
   * also where the kernel routes packets for 127.0.0.0/8 in from outside (route_localnet).
   *
   * @param option that names the address, for the message
   * @param patience how long a client may take
   * @throws AgentException where it cannot listen there
   */
  static HttpEndpoint at(InetSocketAddress address, String option, Duration patience) {
    ServerSocketChannel listener = null;
    try {
      listener = ServerSocketChannel.open();
      listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      listener.bind(address, BACKLOG);
      return new HttpEndpoint(option.substring(2), listener, patience);
    } catch (IOException e) {
      close(listener);
      throw new AgentException(
          "cannot listen on "
              + address.getHostString()
              + ":"
              + address.getPort()
              + ": "
              + e.getMessage()
              + ": name another "
              + option,
          e);
    }
  }

  /**
   * Listens on a UNIX socket, and answers after {@link #start}. Who may write to the file may ask:
   * root alone. A file of an earlier process is replaced.
   *
   * @param path of at most 107 bytes; its directory must be there
   * @param option that names the path, for the message
   * @param patience how long a client may take
   * @throws AgentException where it cannot listen there
   */
  static HttpEndpoint at(Path path, String option, Duration patience) {
    ServerSocketChannel listener = null;
    try {
      Files.deleteIfExists(path);
      listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      listener.bind(UnixDomainSocketAddress.of(path), BACKLOG);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      return new HttpEndpoint(option.substring(2), listener, patience);
    } catch (IOException | IllegalArgumentException e) {
      close(listener);
      throw new AgentException(
          "cannot listen on " + path + ": " + RootCause.messageOf(e) + ": name another " + option,
          e);
    }
  }

  private static void close(AutoCloseable channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (Exception e) {
      // it is gone either way
    }
  }

  /** Adds a page before the start; it is made anew for each request, by one thread. */
  HttpEndpoint serve(String path, Supplier<Answer> page) {
    pages.add(path, page);
    return this;
  }

  /**
   * Adds before the start what is done about a POST: it is given the query, and returns at once
   * what the answer will be.
   */
  HttpEndpoint accept(String path, Function<String, CompletableFuture<Answer>> work) {
    pages.addPost(path, work);
    return this;
  }

  HttpEndpoint start() {
    thread.start();
    return this;
  }

  /** The address that it listens on, with the port that it got. */
  SocketAddress address() {
    return address;
  }

  @Override
  public String toString() {
    return address instanceof InetSocketAddress inet
        ? inet.getHostString() + ":" + inet.getPort()
        : address.toString();
  }

  private void run() {
    try {
      while (selector.isOpen()) {
        selector.select(this::handle, millisToFirstDeadline());
        for (Connection one = answered.poll(); one != null; one = answered.poll()) {
          one.proceed();
        }
        while (!connections.isEmpty() && connections.element().nanosLeft() <= 0) {
          connections.element().close();
        }
      }
    } catch (ClosedSelectorException | CancelledKeyException e) {
      // closed meanwhile
    } catch (IOException e) {
      throw new UncheckedIOException(e); // ends this thread, and so the answers to probes
    }
  }

  /** Milliseconds to wait; 0, which waits without end, where nobody is connected. */
  private long millisToFirstDeadline() {
    return connections.isEmpty()
        ? 0
        : Math.max(1, TimeUnit.NANOSECONDS.toMillis(connections.element().nanosLeft()));
  }

  private void handle(SelectionKey key) {
    if (key.attachment() == null) {
      accept();
    } else if (key.isValid()) {
      ((Connection) key.attachment()).proceed();
    }
  }

  private void accept() {
    SocketChannel channel = null;
    try {
      channel = listener.accept();
      if (channel == null) {
        return;
      }
      if (isOfThisHost(address) && !isOfThisHost(channel.getRemoteAddress())) {
        channel.close();
        return;
      }
      if (connections.size() == MAX_CONNECTIONS) {
        connections.element().close();
      }
      connections.add(new Connection(channel));
    } catch (IOException e) {
      close(channel);
      LockSupport.parkNanos(1_000_000); // it is still ready: out of file descriptors
    }
  }

  private static boolean isOfThisHost(SocketAddress address) {
    return !(address instanceof InetSocketAddress inet) || inet.getAddress().isLoopbackAddress();
  }

  @Override
  public void close() {
    close(listener);
    if (address instanceof UnixDomainSocketAddress unix) {
      close(() -> Files.deleteIfExists(unix.getPath()));
    }
    close(selector);
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    while (!connections.isEmpty()) {
      connections.element().close();
    }
  }

  /** One request and its answer. */
  private final class Connection {

    private final long deadline = System.nanoTime() + patience.toNanos();
    private final ByteBuffer request = ByteBuffer.allocate(MAX_REQUEST_BYTES);
    private final SocketChannel channel;
    private final SelectionKey key;

    /** What is written, as far as it is not yet; null before the request is there. */
    private CompletableFuture<ByteBuffer> answer;

    Connection(SocketChannel channel) throws IOException {
      this.channel = channel;
      channel.configureBlocking(false);
      key = channel.register(selector, SelectionKey.OP_READ, this);
    }

    long nanosLeft() {
      return deadline - System.nanoTime();
    }

    /** Reads or writes as much as can be now. */
    void proceed() {
      if (!channel.isOpen()) {
        return; // it was closed before its answer came
      }
      try {
        if (answer == null) {
          read();
        }
        if (answer != null && answer.isDone()) {
          ByteBuffer left = answer.join();
          channel.write(left);
          key.interestOps(SelectionKey.OP_WRITE);
          if (!left.hasRemaining()) {
            close();
          }
        }
      } catch (IOException e) {
        close();
      }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // an answer never fails: HttpPages sees to that
    private void read() throws IOException {
      boolean ended = channel.read(request) < 0;
      String said = new String(request.array(), 0, request.position(), StandardCharsets.US_ASCII);
      if (said.contains("\r\n\r\n")) {
        answer = pages.answer(said);
      } else if (!request.hasRemaining()) {
        answer = CompletableFuture.completedFuture(HttpPages.tooLong());
      } else if (ended) {
        close();
      }
      if (answer != null && !answer.isDone()) {
        key.interestOps(0);
        answer.thenRun(this::wake);
      }
    }

    private void wake() {
      answered.add(this);
      selector.wakeup();
    }

    private void close() {
      connections.remove(this);
      HttpEndpoint.close(channel);
    }
  }
}
