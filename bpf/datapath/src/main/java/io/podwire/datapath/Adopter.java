package io.podwire.datapath;

import io.podwire.bpf.BpfIterator;
import io.podwire.bpf.BpfObject;
import io.podwire.bpf.BpfProgram;
import io.podwire.bpf.DirectoryLock;
import io.podwire.bpf.NetworkNamespace;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Runs the program {@code adopt} over the sockets of each network namespace, again and again: the
 * first walk notes them, in the second the ends of a connection find each other, and from the third
 * on they join. Namespaces with nothing to do are left out from then on.
 */
final class Adopter {

  private static final int NOTING_WALKS = 2;

  /** Between two walks, while one end of some connection waits for the other. */
  private static final long SHORT_NANOS = 1_000_000;

  /**
   * Between two walks else: more than half of what a connection must have paused for (adopt.bpf.c).
   */
  private static final long LONG_NANOS = 60_000_000;

  private final BpfProgram program;
  private final AdoptionTable table;
  private final long cgroup;
  private final Path proc;

  private Adopter(BpfProgram program, AdoptionTable table, long cgroup, Path proc) {
    this.program = program;
    this.table = table;
    this.cgroup = cgroup;
    this.proc = proc;
  }

  /**
   * Has connections join a build until nothing is left that may, or the time is over; and notes
   * what came of it. One process does so at a time. The first also loads the program, which lies in
   * an object of its own: most nodes never need it.
   *
   * @param timeout for connections that are busy
   * @param proc as {@code /proc}, of the processes in whose namespaces to look
   */
  static Adoption run(PinnedBuild build, Duration timeout, Path proc) {
    if (!build.programs().isPinned(PinnedPrograms.ADOPT)) {
      load(build);
    }
    try (DirectoryLock lock = DirectoryLock.ofExisting(build.pins().directory());
        BpfProgram program = build.programs().open(PinnedPrograms.ADOPT)) {
      return new Adopter(program, build.adoption(), build.cgroupId(), proc).run(timeout);
    }
  }

  private static void load(PinnedBuild build) {
    int capacity = build.flows().capacity();
    try (BpfObject object = CompiledObjects.PRODUCT.openAdopter(build.pins(), capacity)) {
      object.load();
      object.program(PinnedPrograms.ADOPT).pin(build.pins().program(PinnedPrograms.ADOPT));
    }
  }

  private Adoption run(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    // a thread of its own, since it does not come back to its own namespace
    return onNewThread(() -> walkOnAndOn(deadline));
  }

  private Adoption walkOnAndOn(long deadline) {
    try (NetworkNamespaces namespaces = NetworkNamespaces.ofProcesses(proc);
        BpfIterator iterator = BpfIterator.attach(program)) {
      Map<Finding, Integer> outcome = walkOnAndOn(iterator, namespaces.all(), deadline);
      table.writeOutcome(outcome);
      outcome.values().removeIf(count -> count == 0);
      long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      return new Adoption(
          namespaces.all().size(), namespaces.denied(), outcome, Duration.ofNanos(cpu));
    } finally {
      table.clearCandidates();
    }
  }

  /** Returns how many joined, and how the others were found at last. */
  private Map<Finding, Integer> walkOnAndOn(
      BpfIterator iterator, List<NetworkNamespace> namespaces, long deadline) {
    Map<Finding, Integer> joined = new EnumMap<>(Finding.class);
    Collection<NetworkNamespace> left = namespaces;
    for (int walks = 1; ; walks++) {
      table.beginWalk(cgroup);
      left = walk(iterator, left, walks > NOTING_WALKS);
      Map<Finding, Integer> found = table.findings();
      for (Finding finding : List.of(Finding.ADOPTED, Finding.RETURNED)) {
        joined.merge(finding, found.get(finding), Integer::sum);
      }
      if (walks <= NOTING_WALKS) {
        continue;
      }
      boolean busy =
          found.entrySet().stream().anyMatch(e -> e.getKey().isBusy() && e.getValue() > 0);
      if (!busy || System.nanoTime() - deadline > 0) {
        found.putAll(joined);
        return found;
      }
      LockSupport.parkNanos(found.get(Finding.AWAITED) > 0 ? SHORT_NANOS : LONG_NANOS);
    }
  }

  /**
   * Runs the program in each namespace; returns those with something to do still.
   *
   * @param forgets whether namespaces with nothing to do are left out
   */
  private Collection<NetworkNamespace> walk(
      BpfIterator iterator, Collection<NetworkNamespace> namespaces, boolean forgets) {
    List<NetworkNamespace> left = new ArrayList<>();
    int before = 0;
    for (NetworkNamespace namespace : namespaces) {
      namespace.enter();
      iterator.run();
      int ends = table.ends();
      if (ends > before || !forgets) {
        left.add(namespace);
      }
      before = ends;
    }
    return left;
  }

  /** The result, or what was thrown, whatever that is: the caller waits for it. */
  static <T> T onNewThread(Supplier<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(work.get());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            },
            "adopter");
    thread.setDaemon(true);
    thread.start();
    try {
      return result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e;
    }
  }
}
