package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which addresses pods have on interfaces in their own network namespaces, by the host's {@code
 * /proc}. Files below {@code /proc/PID/net} show the namespace of that process to whoever may see
 * the process ({@code get_proc_task_net()}), so no right is needed that an agent lacks.
 *
 * <p>A pod's own network namespace is that of its oldest process: of the sandbox, which started
 * before anything that the pod's author chose. A process of theirs can be in a namespace that it
 * made itself, with any addresses. The pid of a pod is found by a walk over all processes, since
 * {@code cgroup.procs} shows no pids of another pid namespace; what it found is used again for as
 * long as the process lives. Of one thread.
 */
final class PodNamespaces {

  /** Longer files are a pod's that has made itself thousands of addresses or routes. */
  private static final int MAX_BYTES = 1 << 20;

  /** A walk is followed by this many times its CPU time without one: 2 % of a CPU at the most. */
  private static final int REST_FACTOR = 50;

  /**
   * A directory of kubelet's, of its cgroup drivers {@code cgroupfs} and {@code systemd}. The first
   * in a path counts: those below it can be made by the pod.
   */
  private static final Pattern POD =
      Pattern.compile("[/-]pod(\\p{XDigit}{8}(?:[-_]\\p{XDigit}{4}){3}[-_]\\p{XDigit}{12})\\b");

  /** A leaf of {@code fib_trie_seq_show()}; what follows says what it is. */
  private static final Pattern LEAF = Pattern.compile("\\s*\\|-- (\\S+)");

  private static final Pattern LOCAL = Pattern.compile("\\s*/32 host LOCAL\\b.*");

  private static final Pattern PID = Pattern.compile("[1-9]\\d*");

  /** Field 22 of {@code /proc/PID/stat}, counted from behind the name, which can be anything. */
  private static final int START_TIME = 20;

  @SuppressWarnings("JavaLangClash") // no other is meant here
  private record Process(String pid, long startTime) {}

  private final Path proc;
  private final LongSupplier nanoTime;
  private final LongSupplier cpuTime;
  private Map<String, List<Process>> oldest = Map.of();
  private long nextWalk;

  /**
   * @param proc the host's {@code /proc}
   */
  PodNamespaces(Path proc) {
    this(
        proc,
        System::nanoTime,
        () -> ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime());
  }

  /**
   * @param cpuTime of this thread, in nanoseconds
   */
  PodNamespaces(Path proc, LongSupplier nanoTime, LongSupplier cpuTime) {
    this.proc = proc;
    this.nanoTime = nanoTime;
    this.cpuTime = cpuTime;
    this.nextWalk = nanoTime.getAsLong();
  }

  /** What people read: the directory. */
  @Override
  public String toString() {
    return proc.toString();
  }

  /**
   * The addresses in the network namespace of a pod.
   *
   * @param uid the pod's
   * @return empty where no process of the pod is seen now, or its namespace cannot be read
   */
  Optional<Set<Prefix>> addresses(String uid) {
    if (uid.isEmpty()) {
      return Optional.empty();
    }
    Optional<Set<Prefix>> known = read(oldest.get(uid));
    if (known.isPresent() || nanoTime.getAsLong() - nextWalk < 0) {
      return known;
    }
    walk();
    return read(oldest.get(uid));
  }

  /** The addresses that all of these processes see, which started in the same tick. */
  private Optional<Set<Prefix>> read(List<Process> processes) {
    if (processes == null) {
      return Optional.empty();
    }
    Set<Prefix> common = null;
    for (Process process : processes) {
      Path directory = proc.resolve(process.pid());
      try {
        Set<Prefix> addresses = addresses(directory.resolve("net"));
        if (startTime(directory) != process.startTime()) {
          return Optional.empty(); // it ended, and the pid is another's
        }
        if (common == null) {
          common = addresses;
        } else {
          common.retainAll(addresses);
        }
      } catch (IOException e) {
        return Optional.empty(); // it ended
      }
    }
    return Optional.ofNullable(common);
  }

  private Set<Prefix> addresses(Path net) throws IOException {
    Set<Prefix> addresses = new HashSet<>();
    if (isOurOwn(net)) {
      return addresses; // a runtime is still about to enter the pod's
    }
    String leaf = "";
    for (String line : text(net.resolve("fib_trie")).lines().toList()) {
      Matcher matcher = LEAF.matcher(line);
      if (matcher.matches()) {
        leaf = matcher.group(1);
      } else if (LOCAL.matcher(line).matches()) {
        addresses.add(Prefix.address(leaf));
      }
    }
    Path inet6 = net.resolve("if_inet6");
    if (Files.exists(inet6)) { // not where IPv6 is off
      for (String line : text(inet6).lines().toList()) {
        byte[] address = HexFormat.of().parseHex(line, 0, 32);
        addresses.add(Prefix.of(InetAddress.getByAddress(address)));
      }
    }
    return addresses;
  }

  /** Files of one network namespace have the same inode numbers, and no others do. */
  private boolean isOurOwn(Path net) throws IOException {
    Path own = proc.resolve("self/net/fib_trie");
    return Files.exists(own) && inode(own).equals(inode(net.resolve("fib_trie")));
  }

  private static Object inode(Path file) throws IOException {
    return Files.getAttribute(file, "unix:ino");
  }

  private void walk() {
    long begin = cpuTime.getAsLong();
    Map<String, List<Process>> found = new HashMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(proc)) {
      for (Path directory : entries) {
        if (PID.matcher(directory.getFileName().toString()).matches()) {
          add(directory, found);
        }
      }
    } catch (IOException e) {
      found.clear(); // nothing is seen
    }
    oldest = found;
    long took = cpuTime.getAsLong() - begin;
    nextWalk = nanoTime.getAsLong() + REST_FACTOR * took;
  }

  private static void add(Path directory, Map<String, List<Process>> found) {
    try {
      Matcher pod = POD.matcher(text(directory.resolve("cgroup")));
      if (!pod.find()) {
        return;
      }
      String uid = pod.group(1).replace('_', '-');
      Process process = new Process(directory.getFileName().toString(), startTime(directory));
      List<Process> before = found.computeIfAbsent(uid, u -> new ArrayList<>());
      if (!before.isEmpty() && process.startTime() < before.get(0).startTime()) {
        before.clear();
      }
      if (before.isEmpty() || process.startTime() == before.get(0).startTime()) {
        before.add(process);
      }
    } catch (IOException e) {
      return; // it ended
    }
  }

  private static long startTime(Path directory) throws IOException {
    String stat = text(directory.resolve("stat"));
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[START_TIME - 1]);
  }

  private static String text(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException(file + " is too long");
      }
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }
}
