package io.podwire.check;

import static org.junit.platform.engine.TestExecutionResult.Status.ABORTED;
import static org.junit.platform.engine.TestExecutionResult.Status.FAILED;
import static org.junit.platform.engine.TestExecutionResult.Status.SUCCESSFUL;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

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

  private KernelTests() {}

  /**
   * @param arguments packages
   */
  public static void main(String[] arguments) {
    List<DiscoverySelector> selectors = new ArrayList<>();
    for (String name : arguments) {
      selectors.add(DiscoverySelectors.selectPackage(name));
    }
    Run first = Run.of(selectors, FIRST_FAILURE);
    Run last = first;
    for (int run = 2; run <= RUNS && !last.failed.isEmpty(); run++) {
      last = Run.of(last.failed, run < RUNS ? FIRST_FAILURE : FAILURE);
    }
    int failed = last.failed.size();
    System.out.printf(
        "%d tests passed%n%d tests passed when run again%n%d tests failed%n%d tests aborted%n",
        first.count(SUCCESSFUL) + first.failed.size() - failed,
        first.failed.size() - failed,
        failed,
        first.count(ABORTED));
    System.exit(failed == 0 ? 0 : 1);
  }

  /** One run of some tests. */
  private static final class Run implements TestExecutionListener {

    private final String failure;
    private final Map<TestExecutionResult.Status, Integer> counts =
        new EnumMap<>(TestExecutionResult.Status.class);
    private final List<DiscoverySelector> failed = new ArrayList<>();
    private final Deque<Long> begun = new ArrayDeque<>();
    private TestPlan plan;

    private Run(String failure) {
      this.failure = failure;
    }

    static Run of(List<DiscoverySelector> selectors, String failure) {
      Run run = new Run(failure);
      LauncherFactory.create()
          .execute(
              LauncherDiscoveryRequestBuilder.request()
                  .selectors(selectors)
                  .filters(TagFilter.includeTags("every-kernel"))
                  .build(),
              run);
      return run;
    }

    int count(TestExecutionResult.Status status) {
      return counts.getOrDefault(status, 0);
    }

    @Override
    public void testPlanExecutionStarted(TestPlan plan) {
      this.plan = plan;
    }

    @Override
    public void executionStarted(TestIdentifier test) {
      begun.push(System.nanoTime());
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      long seconds = (System.nanoTime() - begun.pop()) / 1_000_000_000;
      if (test.isTest()) {
        counts.merge(result.getStatus(), 1, Integer::sum);
      } else if (result.getStatus() == SUCCESSFUL) {
        return;
      }
      if (result.getStatus() == FAILED) {
        failed.add(DiscoverySelectors.selectUniqueId(test.getUniqueId()));
      }
      System.out.printf(
          "%s: %d s%s%n",
          name(test), seconds, result.getStatus() == SUCCESSFUL ? "" : said(result));
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
