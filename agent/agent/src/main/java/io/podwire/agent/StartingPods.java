package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The pods that the CNI plugin told of before their containers start. What it said holds until the
 * kubelet has had the time to say it, too: a minute, or longer while the pod's status has no
 * address; and no longer than there is such a pod. One that no watch has shown yet is asked for by
 * its name. Where the API server knows no such pod of this node, nothing is kept of it.
 */
final class StartingPods implements AutoCloseable {

  /** The kubelet writes a pod's addresses within seconds, where the API server answers. */
  static final Duration TERM = Duration.ofMinutes(1);

  /**
   * What holds of a pod.
   *
   * @param facts as it was when it was told of, for as long as no watch shows it
   * @param sandbox for which its network was made
   * @param addresses of all interfaces that were told of
   * @param at when it was told of last, ns
   * @param seen whether a watch has shown it since
   */
  private record Told(
      PodFacts facts, String sandbox, Set<Prefix> addresses, long at, boolean seen) {

    Told shown() {
      return seen ? this : new Told(facts, sandbox, addresses, at, true);
    }

    /** This one before another of the same pod: each of its interfaces can be told of by itself. */
    Told and(Told later) {
      Set<Prefix> all = new LinkedHashSet<>(later.addresses);
      if (sandbox.equals(later.sandbox)) {
        all.addAll(addresses);
      }
      return new Told(facts, later.sandbox, all, later.at, seen);
    }
  }

  private final Function<PodName, Optional<PodFacts>> watched;
  private final Function<PodName, Optional<PodFacts>> asked;
  private final LongSupplier nanoTime;

  /** By the UID of the pod. */
  private final Map<String, Told> told = new HashMap<>();

  private final ExecutorService asking =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "starting-pods");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param watched a pod of this node as the watch shows it; empty where it does not
   * @param asked a pod of this node as the API server says when it is asked; empty where there is
   *     none. May take its time, and fail
   * @param nanoTime a clock, ns
   */
  StartingPods(
      Function<PodName, Optional<PodFacts>> watched,
      Function<PodName, Optional<PodFacts>> asked,
      LongSupplier nanoTime) {
    this.watched = watched;
    this.asked = asked;
    this.nanoTime = nanoTime;
  }

  /**
   * Takes note of a pod. From then on what {@link #present} and {@link #addresses} say has it.
   *
   * @return whether this node has such a pod, when that is known; fails where the API server does
   *     not answer
   */
  CompletableFuture<Boolean> tell(PodStart start) {
    Optional<PodFacts> known = watched.apply(start.pod()).filter(pod -> isOf(start, pod));
    return known.isPresent()
        ? CompletableFuture.completedFuture(note(start, known))
        : CompletableFuture.supplyAsync(
            () -> note(start, asked.apply(start.pod()).filter(pod -> isOf(start, pod))), asking);
  }

  private static boolean isOf(PodStart start, PodFacts pod) {
    return start.uid().map(pod.uid()::equals).orElse(true);
  }

  private synchronized boolean note(PodStart start, Optional<PodFacts> found) {
    long now = nanoTime.getAsLong();
    found
        .map(pod -> new Told(pod, start.sandbox(), start.addresses(), now, false))
        .ifPresent(one -> told.merge(one.facts().uid(), one, Told::and));
    return found.isPresent();
  }

  /**
   * All pods of this node: those that the watch shows, and those that it does not show yet. Forgets
   * what holds no longer.
   *
   * @param shown those of the watch, by namespace/name
   */
  synchronized List<PodFacts> present(Map<String, PodFacts> shown) {
    List<PodFacts> present = new ArrayList<>(shown.values());
    told.entrySet().removeIf(entry -> !holds(entry, shown, present));
    return present;
  }

  private boolean holds(
      Map.Entry<String, Told> entry, Map<String, PodFacts> shown, List<PodFacts> present) {
    Told one = entry.getValue();
    PodFacts pod = shown.get(one.facts().toString());
    if (pod != null && pod.uid().equals(entry.getKey())) {
      entry.setValue(one.shown());
      return !pod.finished() && (pod.addresses().isEmpty() || !isOver(one));
    }
    boolean awaited = !one.seen() && !isOver(one);
    if (awaited && pod == null) { // or the pod before it, of the same name, which is about to go
      present.add(one.facts());
    }
    return awaited;
  }

  private boolean isOver(Told one) {
    return nanoTime.getAsLong() - one.at() >= TERM.toNanos();
  }

  /** The addresses that pods were told of with, by the pod's UID. */
  synchronized Map<String, Set<Prefix>> addresses() {
    Map<String, Set<Prefix>> addresses = new HashMap<>();
    told.forEach((uid, one) -> addresses.put(uid, one.addresses()));
    return addresses;
  }

  /** Nanoseconds until the first of them may be forgotten; empty where that needs a change. */
  synchronized OptionalLong nextEnd() {
    return told.values().stream()
        .filter(one -> !isOver(one))
        .mapToLong(one -> Math.max(0, one.at() + TERM.toNanos() - nanoTime.getAsLong()))
        .min();
  }

  @Override
  public void close() {
    asking.shutdownNow();
  }
}
