package io.podwire.applications;

import static io.podwire.datapath.AcceleratedNode.EVERY_FLOW_JOINS;
import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.REDIRECTED;
import static io.podwire.datapath.Counter.REDIRECTED_BYTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.Finding;
import io.podwire.datapath.Guard;
import io.podwire.datapath.RunningKernel;
import io.podwire.testbed.Place;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs an application over plain TCP, then accelerated, and asserts that it cannot tell: both
 * outcomes are equal, and the counters prove that the second one was accelerated.
 */
final class ApplicationComparison {

  /** The steps of an application, the same with either datapath. */
  @FunctionalInterface
  interface Application {

    /**
     * @return what came of it, to be compared by {@code equals}: checksums, exit codes, numbers of
     *     rows, requests or errors, and nothing that depends on time
     */
    Object run(Run run) throws Exception;
  }

  /**
   * What an application must send from socket to socket at least. A bulk flow goes back to TCP when
   * it outruns its reader, so of its bytes only those of the first message are certain.
   *
   * @param connections accelerated connections
   * @param messages messages that went past the stack
   * @param bytes bytes of those messages
   */
  record Redirected(long connections, long messages, long bytes) {}

  /**
   * Whether each application runs a third time, while its connections go back to TCP and are
   * adopted over and over; {@code -Dpodwire.applications.adopted=true}.
   */
  private static final boolean ADOPTED = Boolean.getBoolean("podwire.applications.adopted");

  private static final long PAUSE_MILLIS = 200;

  private ApplicationComparison() {}

  /** Compares with every pod accelerated. */
  static void compare(AcceleratedNode node, Redirected least, Application application) {
    compare(node, least, application, node.client(), node.server(), node.proxy());
  }

  /** Compares with these pods accelerated. */
  static void compare(
      AcceleratedNode node, Redirected least, Application application, Place... accelerated) {
    Object plain = outcome(node, application);
    assertThat(node.datapath().status().counters().values()).containsOnly(0L);

    node.accelerate(EVERY_FLOW_JOINS, accelerated);
    assertThat(outcome(node, application)).as("the outcome, accelerated").isEqualTo(plain);

    assertThat(node.count(CLAIMED)).as("claimed").isGreaterThanOrEqualTo(least.connections());
    assertThat(node.count(REDIRECTED)).as("redirected").isGreaterThanOrEqualTo(least.messages());
    assertThat(node.count(REDIRECTED_BYTES))
        .as("redirected bytes")
        .isGreaterThanOrEqualTo(least.bytes());
    node.awaitNoFlows();
    if (ADOPTED && RunningKernel.adopts()) {
      assertThat(whileAdopted(node, application)).as("the outcome, adopted").isEqualTo(plain);
      node.awaitNoFlows();
    }
  }

  /** Compares with connections that leave and join again as long as they live. */
  static void compareAdopted(AcceleratedNode node, Application application) {
    assumeThat(RunningKernel.adopts()).as("this kernel adopts").isTrue();
    Object plain = outcome(node, application);
    node.accelerate(EVERY_FLOW_JOINS);
    assertThat(whileAdopted(node, application)).as("the outcome, adopted").isEqualTo(plain);
    node.awaitNoFlows();
  }

  private static Object whileAdopted(AcceleratedNode node, Application application) {
    ExecutorService adopter = Executors.newSingleThreadExecutor();
    AtomicBoolean done = new AtomicBoolean();
    Future<Map<Finding, Integer>> findings = adopter.submit(() -> adoptUntil(done, node));
    try {
      return outcome(node, application);
    } finally {
      done.set(true);
      adopter.shutdown();
      System.out.println("connections that were open: " + await(findings));
    }
  }

  /** Returns what became of the connections that were open. */
  private static Map<Finding, Integer> adoptUntil(AtomicBoolean done, AcceleratedNode node) {
    Map<Finding, Integer> findings = new EnumMap<>(Finding.class);
    while (!done.get()) {
      node.datapath().disableNow();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
      node.datapath().enable();
      node.datapath()
          .adopt(Duration.ofMillis(PAUSE_MILLIS))
          .found()
          .forEach((finding, count) -> findings.merge(finding, count, Integer::sum));
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
    }
    return findings;
  }

  private static Map<Finding, Integer> await(Future<Map<Finding, Integer>> findings) {
    try {
      return findings.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Every pod; without the guard that refuses splice(2), not the one that splices: the proxy. */
  static Place[] whereSplicesAreSafe(AcceleratedNode node) {
    return node.hasGuard(Guard.SPLICE)
        ? new Place[] {node.client(), node.server(), node.proxy()}
        : new Place[] {node.client(), node.server()};
  }

  private static Object outcome(AcceleratedNode node, Application application) {
    try (Run run = new Run(node)) {
      try {
        return application.run(run);
      } catch (Exception | AssertionError e) {
        throw new AssertionError(
            String.format(
                "%s: %s%n%s%n%s",
                node.datapath().status().state(),
                e.getMessage(),
                node.datapath().status().counters(),
                run.outputs()),
            e);
      }
    }
  }
}
