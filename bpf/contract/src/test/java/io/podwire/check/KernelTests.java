package io.podwire.check;

import static org.junit.platform.engine.TestExecutionResult.Status.ABORTED;
import static org.junit.platform.engine.TestExecutionResult.Status.SUCCESSFUL;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Runs the tests of {@link io.podwire.testing.EveryKernel} where there is no Maven, and prints what
 * {@link KernelsPage} reads. One that fails is run again by itself, since an emulated CPU stands
 * still at times, and with it whoever holds a lock: a flow that finds its peer locked for long goes
 * back to TCP for good.
 */
public final class KernelTests {

  /** How a failure begins that counts; what is said of it follows, indented. */
  static final String FAILURE = " FAILED";

  /** One that is run again. */
  static final String FIRST_FAILURE = " FAILED, and is run again";

  private static final int RUNS = 3;

  /** Longer than any test takes where nothing hangs, storms of a minute on a slow CPU included. */
  private static final Duration UNUSUAL = Duration.ofMinutes(8);

  private static volatile String running;

  private KernelTests() {}

  /**
   * @param arguments packages
   */
  public static void main(String[] arguments) {
    sayWhereALongTestIs();
    List<DiscoverySelector> selectors = new ArrayList<>();
    for (String name : arguments) {
      selectors.add(DiscoverySelectors.selectPackage(name));
    }
    Run first = Run.of(selectors, FIRST_FAILURE);
    Set<String> failing = first.failed();
    for (int run = 2; run <= RUNS && !failing.isEmpty(); run++) {
      Run again =
          Run.of(
              failing.stream().map(DiscoverySelectors::selectUniqueId).toList(),
              run < RUNS ? FIRST_FAILURE : FAILURE);
      failing.removeAll(again.passed); // one that did not run has not passed
      failing.addAll(again.failed());
    }
    int passedAgain = first.failed().size() - failing.size();
    System.out.printf(
        "%d tests passed%n%d tests passed when run again%n%d tests failed%n%d tests aborted%n",
        first.summary.getSummary().getTestsSucceededCount() + passedAgain,
        passedAgain,
        failing.size(),
        first.summary.getSummary().getTestsAbortedCount());
    System.exit(failing.isEmpty() ? 0 : 1);
  }

  /** A machine that runs out of its time says nothing else of the test that hung. */
  private static void sayWhereALongTestIs() {
    Thread main = Thread.currentThread();
    Thread watch =
        new Thread(
            () -> {
              String test = null;
              while (true) {
                LockSupport.parkNanos(UNUSUAL.toNanos());
                if (running != null && running.equals(test)) {
                  System.out.printf(
                      "%s has run for %d min or longer:%n%s%n",
                      test,
                      UNUSUAL.toMinutes(),
                      Stream.of(main.getStackTrace())
                          .map(frame -> "  at " + frame)
                          .collect(Collectors.joining("\n")));
                }
                test = running;
              }
            },
            "watch");
    watch.setDaemon(true);
    watch.start();
  }

  /** One run of some tests, which says how each ended. */
  private static final class Run implements TestExecutionListener {

    private final String failure;
    private final SummaryGeneratingListener summary = new SummaryGeneratingListener();
    private final Set<String> passed = new HashSet<>();
    private final Deque<Long> begun = new ArrayDeque<>();
    private TestPlan plan;

    private Run(String failure) {
      this.failure = failure;
    }

    static Run of(List<? extends DiscoverySelector> selectors, String failure) {
      Run run = new Run(failure);
      LauncherFactory.create()
          .execute(
              LauncherDiscoveryRequestBuilder.request()
                  .selectors(selectors)
                  .filters(TagFilter.includeTags("every-kernel"))
                  .build(),
              run,
              run.summary);
      return run;
    }

    /** The unique ids of what failed. */
    Set<String> failed() {
      return summary.getSummary().getFailures().stream()
          .map(each -> each.getTestIdentifier().getUniqueId())
          .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    @Override
    public void testPlanExecutionStarted(TestPlan plan) {
      this.plan = plan;
    }

    @Override
    public void executionStarted(TestIdentifier test) {
      begun.push(System.nanoTime());
      running = name(test);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      long seconds = (System.nanoTime() - begun.pop()) / 1_000_000_000;
      boolean right = result.getStatus() == SUCCESSFUL;
      if (right) {
        passed.add(test.getUniqueId());
      }
      if (test.isTest() || !right) {
        System.out.printf("%s: %d s%s%n", name(test), seconds, right ? "" : said(result));
      }
    }

    private String said(TestExecutionResult result) {
      if (result.getStatus() == ABORTED) {
        return " ABORTED: " + result.getThrowable().map(Throwable::getMessage).orElse("");
      }
      StringWriter trace = new StringWriter();
      result.getThrowable().ifPresent(why -> why.printStackTrace(new PrintWriter(trace)));
      return failure + "\n" + trace.toString().strip().indent(2).stripTrailing();
    }

    private String name(TestIdentifier test) {
      String parent =
          plan.getParent(test)
              .filter(of -> of.getParentId().isPresent())
              .map(of -> name(of) + " > ")
              .orElse("");
      return parent + test.getDisplayName();
    }
  }
}
