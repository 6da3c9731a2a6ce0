package io.podwire.check;

import io.podwire.datapath.Guard;
import io.podwire.datapath.RunningKernel;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A difference that is documented ({@code docs/contract.md}): why it is there, and which
 * applications it concerns.
 */
public enum KnownLimit {
  BLOCKED_READER(
      Optional.empty(),
      When.ALWAYS,
      Outcome.EAGAIN,
      "tcp_bpf_recvmsg() answers every wake-up of a blocked recv() that brings no bytes with EAGAIN",
      "programs with a thread blocked in recv() while a signal arrives, or another thread half-closes"
          + " or fills the same socket; poll, epoll and Java are not concerned",
      "message-reader-waits.*",
      "message-full-duplex",
      "half-close-reader-blocked",
      "shutdown-read-blocked",
      "end-reset-reader",
      "end-interrupted.*",
      "end-restarted",
      "end-stopped"),
  HALF_CLOSE_UNREAD(
      Optional.empty(),
      When.WITHOUT_PROMPT_DEPARTURE,
      Outcome.EAGAIN,
      "unread bytes keep a socket in while it half-closes; without the guard recv-flags, or before 6.5,"
          + " a recv() that blocks before it has left gets EAGAIN, once: its client and listener are"
          + " remembered",
      "programs that shutdown(SHUT_WR) before they read what was sent to them, then block in recv()",
      "half-close-client-unread.*",
      "half-close-server-unread.*"),
  SPLICE(
      Optional.of(Guard.SPLICE),
      When.WITHOUT_GUARD,
      "splice(2) sees only TCP's queue, and this kernel takes no program that refuses it",
      "Go programs that relay with io.Copy, HAProxy with option splice-auto",
      "splice-large",
      "splice-blocking",
      "splice-nonblocking"),
  SPLICE_REFUSED(
      Optional.of(Guard.SPLICE),
      When.WITH_GUARD,
      "splice(2) from a joined socket is refused with EINVAL, as from a file that cannot",
      "HAProxy with option splice-request or splice-response, which hangs where splice(2) is refused;"
          + " not splice-auto, nor Go: they fall back to read and write",
      "splice-large",
      "splice-blocking",
      "splice-nonblocking",
      "splice-waits"),
  WAITALL(
      Optional.of(Guard.RECV_FLAGS),
      When.ALWAYS,
      "recv(MSG_WAITALL) returns what is queued already; the guard recv-flags keeps later connections"
          + " of such a container on TCP",
      "programs that recv() with MSG_WAITALL while a part of their message is there",
      "recv-waitall-partly"),
  DISCARD(
      Optional.of(Guard.RECV_FLAGS),
      When.ALWAYS,
      "recv(MSG_TRUNC) does not discard bytes that are queued already; the guard recv-flags as above",
      "programs that discard with recv(MSG_TRUNC)",
      "recv-discard.*"),
  IO_URING(
      Optional.of(Guard.RECV_FLAGS),
      When.ALWAYS,
      "a psock does not say what it has left, and a socket that is first used through io_uring while"
          + " bytes are there already was not recognised before; its container keeps to TCP once it"
          + " waits or sends so, with the guard recv-flags once it reads",
      "programs that accept with accept() and read with io_uring, edge by edge; Netty and others that"
          + " accept by io_uring too are not concerned",
      "uring-recv-present"),
  FIONREAD(
      Optional.of(Guard.FIONREAD),
      When.WITHOUT_GUARD_NOR_COUNT,
      "FIONREAD counts only TCP's queue, and this kernel takes no program that repairs it",
      "nginx as a receiver of large bodies, Java's available(), .NET",
      "count-received.*"),
  GEARS(
      Optional.of(Guard.FIONREAD),
      When.WITHOUT_GUARD,
      "with gears, TCP's bytes come to lie in a joined socket, and this kernel takes no program that"
          + " has FIONREAD count both queues",
      "programs that ask FIONREAD what is unread: nginx as a receiver of large bodies, Java's"
          + " available(), .NET",
      "count-received.*/(shifted|adopted|returned)",
      "event-epoll-edge-(counted|exceeded).*/(shifted|adopted|returned)"),
  EDGE_TRIGGERED(
      Optional.empty(),
      When.WITHOUT_WAKING,
      Outcome.UNWOKEN,
      "what came by TCP while redirected bytes were unread has woken its reader already, and before"
          + " 6.1 nothing wakes one that stops at the end of the redirected ones",
      "nginx, Netty, tokio and others that receive large bodies edge-triggered, and stop reading where"
          + " a recv() was short or FIONREAD says so; not who reads until EAGAIN",
      "event-epoll-edge-(counted|short|exceeded).*"),
  OPTION_REFUSED(
      Optional.empty(),
      When.WITHOUT_PROMPT_TIMERS,
      Outcome.REFUSAL,
      "before 6.5 a joined socket cannot leave while it is given an option that it would ignore where"
          + " ksoftirqd is busy, and before 5.15 never; the option is refused",
      "programs that use kTLS, MSG_ZEROCOPY, SO_PEEK_OFF or TCP_INQ, and need it: they usually do"
          + " without",
      "recv-peek-offset",
      "option-zerocopy-after",
      "option-inq",
      "option-repair",
      "option-kernel-tls"),
  URGENT(
      Optional.empty(),
      When.ALWAYS,
      "recv(MSG_OOB) and SIOCATMARK look past bytes that were redirected and not read yet",
      "programs that use urgent data: telnet, rlogin, old FTP clients",
      "urgent-byte"),
  URGENT_INLINE(
      Optional.empty(),
      When.WITHOUT_PROMPT_TIMERS,
      "as urgent, where a socket cannot leave when it is given SO_OOBINLINE (option-refused has why)",
      "programs that read urgent data inline: telnetd, rlogind",
      "urgent-inline"),
  RECV_ENTRY(
      Optional.empty(),
      When.WITHOUT_LEAVING_AT_ENTRY,
      "tcp_bpf_recvmsg() does not wait where no byte is asked for, and does not know MSG_OOB; with the"
          + " guard recv-entry the socket has left before, but before 6.5 not where ksoftirqd is busy",
      "none that is known",
      "urgent-none",
      "recv-nothing-wanted",
      "message-no-iovecs"),
  UNREAD_AT_CLOSE(
      Optional.empty(),
      When.ALWAYS,
      "tcp_close() sends FIN and not RST where only redirected bytes are unread",
      "programs that tell an aborted connection by ECONNRESET from one that ended",
      "end-close-with-unread.*",
      "end-killed-with-unread"),
  RESET(
      Optional.empty(),
      When.ALWAYS,
      "tcp_bpf_sendmsg() reports a reset with another errno, or more than once",
      "programs that tell ECONNRESET from EPIPE",
      "end-reset-writer",
      "end-reset-idle",
      "end-close-in-transfer"),
  DISCONNECTED(
      Optional.empty(),
      When.ALWAYS,
      "connect(AF_UNSPEC) of a socket that is closed already calls no program: what it had unread"
          + " stays readable until it connects or listens anew",
      "none that is known",
      "connect-disconnected-unread"),
  ZEROCOPY_RECEIVE(
      Optional.empty(),
      When.ALWAYS,
      "refused with ENOPROTOOPT, as by a kernel without it, while redirected bytes are unread",
      "programs that use TCP_ZEROCOPY_RECEIVE; they fall back to recv()",
      "option-zerocopy-receive");

  /** Where a limit is. */
  private enum When {
    /** Whether the kernel took the guard or not: it only makes it less likely. */
    ALWAYS,
    /** The guard mends it. */
    WITHOUT_GUARD,
    /** It is how the guard mends another. */
    WITH_GUARD,
    /** The guard mends it, and so do later kernels. */
    WITHOUT_GUARD_NOR_COUNT,
    /** Where a recv() does not wait for its socket to leave, or may wait in vain. */
    WITHOUT_PROMPT_DEPARTURE,
    /** The same of one for no bytes, or for urgent ones. */
    WITHOUT_LEAVING_AT_ENTRY,
    /** Where a BPF timer may have to wait, or there is none. */
    WITHOUT_PROMPT_TIMERS,
    /** Where no program can wake a reader. */
    WITHOUT_WAKING
  }

  /**
   * What a kernel has, beside guards.
   *
   * @param promptTimers BPF timers that run at once
   * @param countsRedirected FIONREAD of its own counts redirected bytes, too
   * @param wakesReaders a program can
   */
  record Kernel(boolean promptTimers, boolean countsRedirected, boolean wakesReaders) {

    static Kernel running() {
      return new Kernel(
          RunningKernel.hasPromptTimers(),
          RunningKernel.countsRedirected(),
          RunningKernel.wakesReaders());
    }
  }

  /** What a limit explains of what was observed. */
  private enum Outcome {
    ANY(""),
    /** A call that failed with EAGAIN, beside which no byte was wrong and nothing hung. */
    EAGAIN(Outcome.UNHARMED + ".*EAGAIN"),
    /** A call that was refused, and the same beside it. */
    REFUSAL(Outcome.UNHARMED + ".*(EPERM|ENOPROTOOPT|EOPNOTSUPP|ENOENT)"),
    /** A reader that waits for an edge, while every byte is there. */
    UNWOKEN(Outcome.UNHARMED + ".*no more edges, intact: yes, all sent: yes");

    private static final String UNHARMED = "(?!.*(EILSEQ|wrong bytes|intact: no|sent: no|hangs))";

    private final Pattern pattern;

    Outcome(String pattern) {
      this.pattern = Pattern.compile(pattern);
    }

    boolean explains(String accelerated) {
      return pattern.matcher(accelerated).lookingAt();
    }
  }

  private final Optional<Guard> guard;
  private final When when;
  private final Outcome outcome;
  private final String reason;
  private final String applications;
  private final List<Pattern> cases;

  /**
   * @param guard the program that is for this
   * @param when where the limit is, with or without that program
   */
  KnownLimit(
      Optional<Guard> guard, When when, String reason, String applications, String... cases) {
    this(guard, when, Outcome.ANY, reason, applications, cases);
  }

  KnownLimit(
      Optional<Guard> guard,
      When when,
      Outcome outcome,
      String reason,
      String applications,
      String... cases) {
    this.guard = guard;
    this.when = when;
    this.outcome = outcome;
    this.reason = reason;
    this.applications = applications;
    this.cases = Stream.of(cases).map(Pattern::compile).toList();
  }

  /**
   * The limit that explains why this case differs on a kernel, and in this way.
   *
   * @param name of the case, with its mode
   * @param accelerated what was observed
   * @param guards those that the kernel took
   * @param kernel what else it has
   */
  static Optional<KnownLimit> of(
      String name, String accelerated, Set<Guard> guards, Kernel kernel) {
    String inAnyMode = name.replaceFirst("/.*", "");
    return Stream.of(values())
        .filter(limit -> limit.is(guards, kernel))
        .filter(limit -> limit.outcome.explains(accelerated))
        .filter(
            limit ->
                limit.cases.stream()
                    .anyMatch(c -> c.matcher(inAnyMode).matches() || c.matcher(name).matches()))
        .findFirst();
  }

  /** The one with a name as {@link #toString} has it. */
  static Optional<KnownLimit> named(String name) {
    return Stream.of(values()).filter(limit -> limit.toString().equals(name)).findFirst();
  }

  /** Why it is there. */
  public String reason() {
    return reason;
  }

  private boolean is(Set<Guard> guards, Kernel kernel) {
    boolean guarded = guard.filter(guards::contains).isPresent();
    return switch (when) {
      case ALWAYS -> true;
      case WITHOUT_GUARD -> !guarded;
      case WITH_GUARD -> guarded;
      case WITHOUT_GUARD_NOR_COUNT -> !guarded && !kernel.countsRedirected();
      case WITHOUT_PROMPT_DEPARTURE -> !guards.contains(Guard.RECV_FLAGS) || !kernel.promptTimers();
      case WITHOUT_LEAVING_AT_ENTRY -> !guards.contains(Guard.RECV_ENTRY) || !kernel.promptTimers();
      case WITHOUT_PROMPT_TIMERS -> !kernel.promptTimers();
      case WITHOUT_WAKING -> !kernel.wakesReaders();
    };
  }

  /**
   * Whether pods with such applications must be left out where a kernel shows it, so that pods are
   * to be chosen one by one; {@link #GEARS} are off there unless they are chosen.
   *
   * @param lacks tells whether the kernel refused a guard
   */
  boolean isUnprotected(Predicate<Guard> lacks) {
    return when == When.WITHOUT_WAKING || this != GEARS && guard.filter(lacks).isPresent();
  }

  /** Whom it concerns. */
  public String applications() {
    return applications;
  }

  /** The name in {@code accelctl}: lower-case, with dashes. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
