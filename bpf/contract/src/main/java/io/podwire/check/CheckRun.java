package io.podwire.check;

import io.podwire.check.CheckPods.Accelerated;
import io.podwire.datapath.Status;
import io.podwire.testbed.Progress;
import io.podwire.testbed.Scratch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** One check: runs what its plan says, side by side, and repeats what differs. */
final class CheckRun {

  /** What a case observed that ended without a word. */
  private static final String NOTHING = "nothing observed";

  /** What the probe says of a call that does not return in time. */
  private static final String HANGS = "hangs";

  /** How long a case over plain TCP may take, where none hangs, but the machine may be slow. */
  private static final Duration PLAIN_CASE_LIMIT = Duration.ofSeconds(60);

  /**
   * How long an accelerated case may take. A repeated one has as long as all plain ones took, if
   * that is longer.
   */
  private static final Duration CASE_LIMIT = Duration.ofSeconds(6);

  /** How often a case runs again: by itself where it differs, or where it hangs over plain TCP. */
  private static final int REPEATS = 3;

  /** How many differing cases are repeated one by one: more are no accident, and run together. */
  private static final int FEW = 8;

  /**
   * Each run has 64 MiB of bytes to compare with, and the check's container has 1 GiB. The cases
   * wait on one another's threads, so a single CPU takes one run at a time.
   */
  private static final int RUNS_AT_A_TIME = Runtime.getRuntime().availableProcessors() > 1 ? 4 : 1;

  private final CheckPlan plan;
  private final Scratch scratch;
  private final Progress progress;
  private final int steps;
  private final AtomicInteger done = new AtomicInteger();

  CheckRun(CheckPlan plan, Scratch scratch, Progress progress) {
    this.plan = plan;
    this.scratch = scratch;
    this.progress = progress;
    this.steps = 2 + plan.modes().size();
  }

  /**
   * What the plain run showed.
   *
   * @param observed by case
   * @param took all cases together; zero where that is not known
   */
  private record Plain(Map<String, String> observed, Duration took) {}

  CheckReport report() {
    ExecutorService runs = Executors.newFixedThreadPool(RUNS_AT_A_TIME);
    try {
      progress.step(0, steps, "plain and accelerated");
      Map<Mode, Future<Accelerated>> observed = new EnumMap<>(Mode.class);
      for (Mode mode : longestFirst()) {
        observed.put(
            mode,
            runs.submit(
                () -> step(() -> observe(mode, plan.cases(), CASE_LIMIT).requireRedirected())));
      }
      Future<Plain> plain = runs.submit(() -> step(this::observePlain));
      return compare(result(plain), observed);
    } finally {
      runs.shutdown();
      awaitEnd(runs);
      progress.step(steps, steps, "");
    }
  }

  /** What waits longest begins first, so that nothing is left to wait for alone. */
  private List<Mode> longestFirst() {
    List<Mode> modes = new ArrayList<>(plan.modes());
    modes.sort(Comparator.reverseOrder());
    return modes;
  }

  private <T> T step(Supplier<T> work) {
    T result = work.get();
    progress.step(done.incrementAndGet(), steps, "plain and accelerated");
    return result;
  }

  /** A loaded machine can make a case seem to hang: that one runs again. */
  private Plain observePlain() {
    if (!plan.plainOutcomes().isEmpty()) {
      return new Plain(plan.plainOutcomes(), Duration.ZERO);
    }
    try (CheckPods pods = new CheckPods(scratch)) {
      Map<String, String> observed = new LinkedHashMap<>();
      Collection<String> chosen = plan.cases();
      long began = System.nanoTime();
      Duration took = Duration.ZERO;
      for (int look = 0; look <= REPEATS; look++) {
        observed.putAll(pods.runPlain(chosen, PLAIN_CASE_LIMIT));
        took = look == 0 ? Duration.ofNanos(System.nanoTime() - began) : took;
        chosen = observed.keySet().stream().filter(c -> observed.get(c).contains(HANGS)).toList();
        if (chosen.isEmpty()) {
          break;
        }
      }
      return new Plain(observed, took);
    }
  }

  private Accelerated observe(Mode mode, Collection<String> chosen, Duration limit) {
    try (CheckPods pods = new CheckPods(scratch)) {
      return pods.runAccelerated(plan.datapaths(), mode, chosen, limit);
    }
  }

  private CheckReport compare(Plain plain, Map<Mode, Future<Accelerated>> observed) {
    CheckResults results = new CheckResults();
    Status status = null;
    for (Map.Entry<Mode, Future<Accelerated>> each : observed.entrySet()) {
      Accelerated accelerated = result(each.getValue());
      status = accelerated.status();
      KernelTraits kernel = KernelTraits.running(status.guards());
      for (Map.Entry<String, String> expected : plain.observed().entrySet()) {
        String name = expected.getKey();
        String now = accelerated.observed().getOrDefault(name, NOTHING);
        results.judge(each.getKey(), name, expected.getValue(), now, kernel);
      }
    }
    repeatWhatDiffers(results, plain, KernelTraits.running(status.guards()));
    return new CheckReport(
        System.getProperty("os.version"),
        status.build().orElseThrow().generation(),
        status.build().orElseThrow().sha256(),
        KernelSupport.of(status),
        results.cases());
  }

  /**
   * A case differs if it keeps differing in fresh pods: two threads of a loaded machine may miss
   * each other once. Those of a mode run together first, since most do not differ again, and pods
   * and a datapath for each take seconds.
   */
  private void repeatWhatDiffers(CheckResults results, Plain plain, KernelTraits kernel) {
    Duration limit = plain.took().compareTo(CASE_LIMIT) > 0 ? plain.took() : CASE_LIMIT;
    for (int repeat = 0; repeat <= REPEATS; repeat++) {
      for (Mode mode : plan.modes()) {
        List<String> differing = results.differing(mode, plan.isSurprise());
        for (List<String> together : repeat == 0 ? all(differing) : oneByOneIfFew(differing)) {
          progress.step(done.get(), steps, "once more what differs: " + String.join(" ", together));
          observe(mode, together, limit)
              .observed()
              .forEach(
                  (name, now) ->
                      results.judge(mode, name, plain.observed().get(name), now, kernel));
        }
      }
    }
  }

  private static List<List<String>> all(List<String> names) {
    return names.isEmpty() ? List.of() : List.of(names);
  }

  private static List<List<String>> oneByOneIfFew(List<String> names) {
    return names.size() > FEW ? all(names) : names.stream().map(List::of).toList();
  }

  private static <T> T result(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CheckException("interrupted while the cases ran", e);
    }
  }

  /** Pods and datapaths are removed by the threads that made them. */
  private static void awaitEnd(ExecutorService runs) {
    try {
      runs.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
