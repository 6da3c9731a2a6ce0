package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.BpfProgram;
import io.podwire.bpf.LoopbackSocket;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Learns how who waits on a socket looks in the running kernel: waits on sockets of its own, in
 * each way that the programs know, and has a program look at them. {@code /proc/kallsyms} would
 * tell it too, but not to an agent that has no more capabilities than it needs.
 */
final class Waiters {

  /** {@code enum waiter} of {@code flow.h}. */
  enum Kind {
    IN_RECV,
    IN_POLL,
    IN_EPOLL,
    IN_ACCEPT
  }

  /**
   * What the program saw.
   *
   * @param count who waits on the socket
   * @param function that the wait queue has for the first of them
   * @param flags with which that one receives
   */
  record Seen(int count, long function, int flags) {}

  private static final int MSG_WAITALL = 0x100;

  /** How long a thread may take to fall asleep, on a machine that is busy. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final BpfProgram describe;

  private Waiters(BpfProgram describe) {
    this.describe = describe;
  }

  /**
   * @param describe the program {@code describe_waiters}
   * @return an entry of the map {@code kernel_facts}
   * @throws DatapathException where a waiter cannot be seen, or not what it waits for
   */
  static ByteBuffer learn(BpfProgram describe) {
    try (LoopbackSocket listener = LoopbackSocket.listen();
        LoopbackSocket reader = listener.connect();
        LoopbackSocket poller = listener.accept();
        LoopbackSocket inEpoll = listener.connect();
        AutoCloseable epoll = inEpoll.addToEpoll();
        LoopbackSocket peer = listener.accept()) {
      return new Waiters(describe).learn(listener, reader, poller, inEpoll);
    } catch (BpfException e) {
      throw refusal(e.getMessage(), e);
    } catch (DatapathException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("closing an epoll instance does not fail", e);
    }
  }

  private ByteBuffer learn(
      LoopbackSocket listener,
      LoopbackSocket reader,
      LoopbackSocket poller,
      LoopbackSocket inEpoll) {
    Thread receives = start("recv", reader::sleepInReceive);
    Thread polls = start("poll", poller::sleepInPoll);
    Thread accepts = start("accept", () -> acceptNone(listener));
    try {
      Seen sleeper = await(reader, "recv()");
      if (sleeper.flags() != MSG_WAITALL) {
        throw refusal(
            "the flags of a thread asleep in recv() are not where they are expected (found "
                + Integer.toHexString(sleeper.flags())
                + ")",
            null);
      }
      Map<Kind, Long> functions = new EnumMap<>(Kind.class);
      functions.put(Kind.IN_RECV, sleeper.function());
      functions.put(Kind.IN_POLL, await(poller, "poll()").function());
      functions.put(Kind.IN_EPOLL, await(inEpoll, "epoll").function());
      functions.put(Kind.IN_ACCEPT, await(listener, "accept()").function());
      return Layout.kernelFacts(functions);
    } finally {
      reader.end();
      poller.end();
      listener.end();
      join(receives);
      join(polls);
      join(accepts);
    }
  }

  private static void acceptNone(LoopbackSocket listener) {
    try (LoopbackSocket stranger = listener.accept()) {
      return;
    } catch (BpfException e) {
      return; // the listener has ended
    }
  }

  private static Thread start(String name, Runnable sleep) {
    Thread thread = new Thread(sleep, "asleep in " + name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Waits until somebody waits on the socket. */
  private Seen await(LoopbackSocket socket, String call) {
    long begin = System.nanoTime();
    ByteBuffer tuple = socket.tuple();
    while (true) {
      Seen seen =
          describe
              .testRun(tuple, Layout.WAITER_RECORD_BYTES)
              .map(Layout::seen)
              .orElseThrow(() -> refusal("no program finds a socket on 127.0.0.1", null));
      if (seen.count() == 1 && seen.function() != 0) {
        return seen;
      }
      if (System.nanoTime() - begin > PATIENCE_NANOS) {
        throw refusal(
            "who waits in " + call + " is not seen in the wait queue of its socket", null);
      }
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DatapathException("interrupted while it looked at sockets of its own");
      }
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static DatapathException refusal(String why, Throwable cause) {
    return new DatapathException(
        "this kernel's blocked readers cannot be protected, so nothing is loaded: " + why, cause);
  }
}
