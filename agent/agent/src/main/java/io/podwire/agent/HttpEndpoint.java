package io.podwire.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Serves a few pages by HTTP on one address, one request a connection, from a thread that waits for
 * no client. A client that did not send its request and read the answer in time is cut off, and
 * where too many are connected the one that came first; so slow ones keep nobody out. The JDK's
 * server cannot stand in: it reads a request in a thread that waits for the rest of it.
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

    static Answer unavailable(String why) {
      return new Answer(503, HttpPages.TEXT, why + "\n");
    }
  }

  private final ServerSocketChannel listener;
  private final InetSocketAddress address;
  private final Selector selector;
  private final Duration patience;
  private final Thread thread;
  private final HttpPages pages = new HttpPages();

  /** Connections in the order in which they came, which is that of their deadlines. */
  private final Deque<Connection> connections = new ArrayDeque<>();

  private HttpEndpoint(String name, ServerSocketChannel listener, Duration patience)
      throws IOException {
    this.listener = listener;
    this.address = (InetSocketAddress) listener.getLocalAddress();
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

  HttpEndpoint start() {
    thread.start();
    return this;
  }

  /** The address that it listens on, with the port that it got. */
  InetSocketAddress address() {
    return address;
  }

  @Override
  public String toString() {
    return address.getHostString() + ":" + address.getPort();
  }

  private void run() {
    try {
      while (selector.isOpen()) {
        selector.select(this::handle, millisToFirstDeadline());
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
      InetAddress client = ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
      if (address.getAddress().isLoopbackAddress() && !client.isLoopbackAddress()) {
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

  @Override
  public void close() {
    close(listener);
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

    /** What is left to be written; null before the request is there. */
    private ByteBuffer answer;

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
      try {
        if (answer == null) {
          boolean ended = channel.read(request) < 0;
          String said =
              new String(request.array(), 0, request.position(), StandardCharsets.US_ASCII);
          if (said.contains("\r\n\r\n")) {
            answer = pages.answer(said);
          } else if (!request.hasRemaining()) {
            answer = HttpPages.tooLong();
          } else if (ended) {
            close();
          }
        }
        if (answer != null) {
          channel.write(answer);
          key.interestOps(SelectionKey.OP_WRITE);
          if (!answer.hasRemaining()) {
            close();
          }
        }
      } catch (IOException e) {
        close();
      }
    }

    private void close() {
      connections.remove(this);
      HttpEndpoint.close(channel);
    }
  }
}
