package io.podwire.check;

import io.podwire.datapath.Guard;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
      Condition.ALWAYS,
      Symptom.EAGAIN,
      "tcp_bpf_recvmsg() answers every wake-up of a blocked recv() that brings no bytes with EAGAIN",
      "programs with a thread blocked in recv() while a signal arrives, or another thread half-closes"
          + " or fills the same socket; poll, epoll and Java are unaffected",
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
      Condition.WITHOUT_PROMPT_DEPARTURE,
      Symptom.EAGAIN,
      "unread bytes keep a socket in while it half-closes; without the guard recv-flags, or before 6.5,"
          + " a recv() that blocks before it has left gets EAGAIN, once: its client and listener are"
          + " incompatible from then on",
      "programs that shutdown(SHUT_WR) before they read what was sent to them, then block in recv()",
      "half-close-client-unread.*",
      "half-close-server-unread.*"),
  SPLICE(
      Optional.of(Guard.SPLICE),
      Condition.WITHOUT_GUARD,
      "splice(2) sees only TCP's queue, and this kernel takes no program that refuses it",
      "Go programs that relay with io.Copy, HAProxy with option splice-auto",
      "splice-large",
      "splice-blocking",
      "splice-nonblocking"),
  SPLICE_REFUSED(
      Optional.of(Guard.SPLICE),
      Condition.WITH_GUARD,
      "splice(2) from a joined socket is refused with EINVAL, as from a file that cannot",
      "HAProxy with option splice-request or splice-response, which hangs where splice(2) is refused;"
          + " not splice-auto, nor Go: they fall back to read and write",
      "splice-large",
      "splice-blocking",
      "splice-nonblocking",
      "splice-waits"),
  WAITALL(
      Optional.of(Guard.RECV_FLAGS),
      Condition.ALWAYS,
      "recv(MSG_WAITALL) returns what is queued already; the guard recv-flags keeps later connections"
          + " of such a container on TCP",
      "programs that recv() with MSG_WAITALL while a part of their message is there",
      "recv-waitall-partly"),
  DISCARD(
      Optional.of(Guard.RECV_FLAGS),
      Condition.ALWAYS,
      "recv(MSG_TRUNC) does not discard bytes that are queued already; the guard recv-flags as above",
      "programs that discard with recv(MSG_TRUNC)",
      "recv-discard.*"),
  IO_URING(
      Optional.of(Guard.RECV_FLAGS),
      Condition.ALWAYS,
      "a psock does not say what it has left, and a socket that is first used through io_uring while"
          + " bytes are there already was not recognised before; its container keeps to TCP once it"
          + " waits or sends so, with the guard recv-flags once it reads",
      "programs that accept with accept() and read with io_uring, edge by edge; Netty and others that"
          + " accept by io_uring too are unaffected",
      "uring-recv-present"),
  FIONREAD(
      Optional.of(Guard.FIONREAD),
      Condition.WITHOUT_GUARD_NOR_COUNT,
      "FIONREAD counts only TCP's queue, and this kernel takes no program that repairs it",
      "nginx as a receiver of large bodies, Java's available(), .NET",
      "count-received.*"),
  GEARS(
      Optional.of(Guard.FIONREAD),
      Condition.WITHOUT_GUARD,
      "with gears, TCP's bytes come to lie in a joined socket, and this kernel takes no program that"
          + " has FIONREAD count both queues",
      "programs that ask FIONREAD what is unread: nginx as a receiver of large bodies, Java's"
          + " available(), .NET",
      "count-received.*/(shifted|adopted|returned)",
      "event-epoll-edge-(counted|exceeded).*/(shifted|adopted|returned)"),
  EDGE_TRIGGERED(
      Optional.empty(),
      Condition.WITHOUT_WAKING,
      Symptom.UNWOKEN,
      "what came by TCP while redirected bytes were unread has woken its reader already, and before"
          + " 6.1 nothing wakes one that stops at the end of the redirected ones",
      "nginx, Netty, tokio and others that receive large bodies edge-triggered, and stop reading where"
          + " a recv() was short or FIONREAD says so; readers that drain until EAGAIN are"
          + " unaffected",
      "event-epoll-edge-(counted|short|exceeded).*"),
  OPTION_REFUSED(
      Optional.empty(),
      Condition.WITHOUT_PROMPT_TIMERS,
      Symptom.REFUSAL,
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
      Condition.ALWAYS,
      "recv(MSG_OOB) and SIOCATMARK look past bytes that were redirected and not read yet",
      "programs that use urgent data: telnet, rlogin, old FTP clients",
      "urgent-byte"),
  URGENT_INLINE(
      Optional.empty(),
      Condition.WITHOUT_PROMPT_TIMERS,
      "as urgent, where a socket cannot leave when it is given SO_OOBINLINE (option-refused has why)",
      "programs that read urgent data inline: telnetd, rlogind",
      "urgent-inline"),
  RECV_ENTRY(
      Optional.empty(),
      Condition.WITHOUT_LEAVING_AT_ENTRY,
      "tcp_bpf_recvmsg() does not wait where no byte is asked for, and does not know MSG_OOB; with the"
          + " guard recv-entry the socket has left before, but before 6.5 not where ksoftirqd is busy",
      "none that is known",
      "urgent-none",
      "recv-nothing-wanted",
      "message-no-iovecs"),
  UNREAD_AT_CLOSE(
      Optional.empty(),
      Condition.ALWAYS,
      "tcp_close() sends FIN and not RST where only redirected bytes are unread",
      "programs that tell an aborted connection by ECONNRESET from one that ended",
      "end-close-with-unread.*",
      "end-killed-with-unread"),
  RESET(
      Optional.empty(),
      Condition.ALWAYS,
      "tcp_bpf_sendmsg() reports a reset with another errno, or more than once",
      "programs that tell ECONNRESET from EPIPE",
      "end-reset-writer",
      "end-reset-idle",
      "end-close-in-transfer"),
  DISCONNECTED(
      Optional.empty(),
      Condition.ALWAYS,
      "connect(AF_UNSPEC) of a socket that is closed already calls no program: what it had unread"
          + " stays readable until it connects or listens anew",
      "none that is known",
      "connect-disconnected-unread"),
  ZEROCOPY_RECEIVE(
      Optional.empty(),
      Condition.ALWAYS,
      "refused with ENOPROTOOPT, as by a kernel without it, while redirected bytes are unread",
      "programs that use TCP_ZEROCOPY_RECEIVE; they fall back to recv()",
      "option-zerocopy-receive");

  private final Optional<Guard> guard;
  private final Condition condition;
  private final Symptom symptom;
  private final String reason;
  private final String applications;
  private final List<Pattern> cases;

  /**
   * @param guard the program that is for this
   * @param condition where the limit is, with or without that program
   * @param cases patterns of the names of cases that show it, with or without a mode
   */
  KnownLimit(
      Optional<Guard> guard,
      Condition condition,
      String reason,
      String applications,
      String... cases) {
    this(guard, condition, Symptom.ANY, reason, applications, cases);
  }

  KnownLimit(
      Optional<Guard> guard,
      Condition condition,
      Symptom symptom,
      String reason,
      String applications,
      String... cases) {
    this.guard = guard;
    this.condition = condition;
    this.symptom = symptom;
    this.reason = reason;
    this.applications = applications;
    this.cases = Stream.of(cases).map(Pattern::compile).toList();
  }

  /**
   * The limit that explains why this case differs on a kernel, and in this way.
   *
   * @param name of the case, with its mode
   * @param accelerated what was observed
   */
  static Optional<KnownLimit> of(String name, String accelerated, KernelTraits kernel) {
    String inAnyMode = ContractCase.withoutMode(name);
    return Stream.of(values())
        .filter(limit -> limit.condition.holds(kernel, limit.guard))
        .filter(limit -> limit.symptom.explains(accelerated))
        .filter(
            limit ->
                limit.cases.stream()
                    .anyMatch(c -> c.matcher(inAnyMode).matches() || c.matcher(name).matches()))
        .findFirst();
  }

  /** The limit with a name as {@link #toString} has it. */
  static Optional<KnownLimit> named(String name) {
    return Stream.of(values()).filter(limit -> limit.toString().equals(name)).findFirst();
  }

  /** Why it is there. */
  public String reason() {
    return reason;
  }

  /**
   * Whether pods with such applications must be left out where a kernel shows it, so that pods are
   * to be chosen one by one; {@link #GEARS} are off there unless they are chosen.
   *
   * @param lacks tells whether the kernel refused a guard
   */
  boolean isUnprotected(Predicate<Guard> lacks) {
    return condition == Condition.WITHOUT_WAKING
        || (this != GEARS && guard.filter(lacks).isPresent());
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
