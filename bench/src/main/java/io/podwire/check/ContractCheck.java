package io.podwire.check;

import io.podwire.bench.Progress;
import io.podwire.bench.Scratch;
import io.podwire.bench.testbed.Place;
import io.podwire.bench.testbed.Testbed;
import io.podwire.bench.testbed.TestbedException;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.Guard;
import io.podwire.datapath.Janitor;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.KernelFacts;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.RunningKernel;
import io.podwire.datapath.Selection;
import io.podwire.datapath.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Compares what applications observe over plain TCP and accelerated, on this machine's kernel. The
 * plain run and each mode have pods, a cgroup and a datapath of their own, and run side by side,
 * since their cases mostly wait.
 */
public final class ContractCheck {

  /** Of a case that ended without a word. */
  private static final String NOTHING = "nothing observed";

  /** What the probe says of a call that does not return in time. */
  private static final String HANGS = "hangs";

  private static final String CLIENT = "client";
  private static final String SERVER = "server";

  /** Translated to the server's address by the client's own namespace. */
  private static final String SERVICE = "10.96.0.10";

  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(10);

  /** Plain, no case hangs, but the machine may be slow. */
  private static final Duration PLAIN_CASE_LIMIT = Duration.ofSeconds(60);

  /** Of an accelerated case; or as long as all plain ones took together, if that is known. */
  private static final Duration CASE_LIMIT = Duration.ofSeconds(6);

  /** How often a case runs again: by itself where it differs, or where it hangs over plain TCP. */
  private static final int REPEATS = 3;

  /** Less than by default, and than the probe overflows it by: each byte of that costs time. */
  private static final int OVERFLOW_BACKLOG_BYTES = 1 << 20;

  /** So many differing cases are repeated one by one; more, which are no accident, together. */
  private static final int FEW = 8;

  /**
   * Each has 64 MiB of bytes to compare with, and the check's container has 1 GiB. The cases wait
   * on one another's threads, so a single CPU takes one run at a time.
   */
  private static final int RUNS_AT_A_TIME = Runtime.getRuntime().availableProcessors() > 1 ? 4 : 1;

  private final BiFunction<Path, Path, Datapath> datapaths;
  private final List<String> cases;
  private final Predicate<String> isSurprise;
  private final List<Mode> modes;
  private final Map<String, String> plainOutcomes;

  /**
   * @param datapaths makes a datapath of a directory for its pins and a cgroup
   * @param cases the cases to run; empty for all
   * @param isSurprise whether a case, by its name with its mode, is repeated where it differs
   * @param modes to run them in, as far as the running kernel has them
   */
  public ContractCheck(
      BiFunction<Path, Path, Datapath> datapaths,
      List<String> cases,
      Predicate<String> isSurprise,
      Set<Mode> modes) {
    this(datapaths, cases, isSurprise, modes, Map.of());
  }

  private ContractCheck(
      BiFunction<Path, Path, Datapath> datapaths,
      List<String> cases,
      Predicate<String> isSurprise,
      Collection<Mode> modes,
      Map<String, String> plainOutcomes) {
    this.datapaths = datapaths;
    this.cases = List.copyOf(cases);
    this.isSurprise = isSurprise;
    this.modes =
        modes.stream()
            .filter(mode -> mode != Mode.SHIFTED || RunningKernel.supportsGears())
            .filter(mode -> !mode.needsAdoption() || RunningKernel.adopts())
            .toList();
    this.plainOutcomes = plainOutcomes;
  }

  /** The same cases, compared with the plain outcomes of a check that this machine had before. */
  public ContractCheck against(CheckReport before) {
    Map<String, String> outcomes = new LinkedHashMap<>();
    for (ContractCase outcome : before.cases()) {
      String name = outcome.nameWithoutMode();
      if (cases.isEmpty() || cases.contains(name)) {
        outcomes.put(name, outcome.plain());
      }
    }
    return new ContractCheck(datapaths, cases, isSurprise, modes, outcomes);
  }

  /** Of the product, with every case in every mode. */
  public ContractCheck() {
    this(KernelDatapath::at, List.of(), name -> true, EnumSet.allOf(Mode.class));
  }

  /** The names that cases can have in a report, with their modes; changes nothing. */
  public static List<String> names() {
    try (Scratch scratch = Scratch.create()) {
      return Probe.cases(scratch).stream()
          .flatMap(name -> Stream.of(Mode.values()).map(mode -> fullName(name, mode)))
          .toList();
    }
  }

  private static String fullName(String name, Mode mode) {
    return mode == Mode.DIRECT ? name : name + "/" + mode;
  }

  /**
   * Makes pods and datapaths of its own, runs every case, and removes them again; takes about a
   * minute. Needs root. An acceleration that is in use on this machine goes on.
   *
   * @throws CheckException when the cases cannot be run, or were not accelerated
   * @throws io.podwire.bench.testbed.TestbedException when the pods cannot be made
   * @throws io.podwire.datapath.DatapathException where the datapath refuses
   */
  public CheckReport run(Progress progress) {
    try (Scratch scratch = Scratch.create()) {
      Probe.unpack(scratch);
      return new Run(scratch, progress).report();
    }
  }

  /** Two pods, whose cases are plain until they are accelerated. */
  private final class Pods implements AutoCloseable {

    private final Testbed bed;
    private final Place client;
    private final Place server;
    private final Scratch scratch;
    private final List<String> service;

    Pods(Scratch scratch) {
      this.scratch = scratch;
      bed = Testbed.open(CLIENT, SERVER);
      client = bed.pod(CLIENT);
      server = bed.pod(SERVER);
      service = service();
    }

    Probe probe(Collection<String> chosen) {
      List<String> options = new ArrayList<>(service);
      chosen.forEach(name -> options.addAll(List.of("-c", name)));
      return new Probe(scratch, client, server, options);
    }

    /** The options for a Service address, where iptables can make one. */
    private List<String> service() {
      try {
        client.run(
            "iptables",
            "-t",
            "nat",
            "-A",
            "OUTPUT",
            "-d",
            SERVICE,
            "-p",
            "tcp",
            "-j",
            "DNAT",
            "--to-destination",
            server.ipv4().getHostAddress());
        return List.of("-s", SERVICE);
      } catch (TestbedException e) {
        return List.of(); // those cases are left out
      }
    }

    /** With a datapath that remembers nothing of earlier cases. */
    Accelerated runAccelerated(Mode mode, Collection<String> chosen, Duration limit) {
      try (Datapath datapath = datapaths.apply(bed.pinDir(), bed.cgroup());
          Janitor janitor = Janitor.of(datapath)) {
        try {
          datapath.configure(
              settings ->
                  settings
                      .withBreakEvenMessages(0)
                      .withGears(mode.gears())
                      .withMaxBacklogBytes(
                          mode.overflows() ? OVERFLOW_BACKLOG_BYTES : settings.maxBacklogBytes()));
          datapath.select(
              Stream.of(client, server)
                  .flatMap(pod -> pod.addresses().stream())
                  .map(Prefix::of)
                  .toList(),
              Selection.SELECTED);
          if (mode.beginsEnabled()) {
            datapath.enable();
          } else {
            datapath.disable();
          }
          Map<String, String> observed =
              probe(chosen).run(mode, limit, () -> mode.midStream(datapath));
          return new Accelerated(observed, datapath.status());
        } finally {
          datapath.unload(DRAIN_LIMIT, true);
        }
      }
    }

    @Override
    public void close() {
      bed.close();
    }
  }

  /**
   * What a mode showed.
   *
   * @param observed by case
   * @param status of its datapath, behind the last case
   */
  private record Accelerated(Map<String, String> observed, Status status) {

    Accelerated requireRedirected() {
      if (status.counters().get(Counter.REDIRECTED) == 0) {
        throw new CheckException(
            "no message of the cases was redirected, so nothing was compared: "
                + status.counters());
      }
      return this;
    }
  }

  /**
   * What the plain run showed.
   *
   * @param observed by case
   * @param took all cases together; zero where that is not known
   */
  private record Plain(Map<String, String> observed, Duration took) {}

  /** One check. */
  private final class Run {

    private final int steps = 2 + modes.size();
    private final Scratch scratch;
    private final Progress progress;
    private final AtomicInteger done = new AtomicInteger();

    Run(Scratch scratch, Progress progress) {
      this.scratch = scratch;
      this.progress = progress;
    }

    CheckReport report() {
      ExecutorService runs = Executors.newFixedThreadPool(RUNS_AT_A_TIME);
      try {
        progress.step(0, steps, "plain and accelerated");
        Future<Plain> plain = runs.submit(() -> step(this::observePlain));
        Map<Mode, Future<Accelerated>> observed = new EnumMap<>(Mode.class);
        for (Mode mode : modes) {
          observed.put(
              mode,
              runs.submit(() -> step(() -> observe(mode, cases, CASE_LIMIT).requireRedirected())));
        }
        return compare(result(plain), observed);
      } finally {
        runs.shutdown();
        awaitEnd(runs);
        progress.step(steps, steps, "");
      }
    }

    private <T> T step(Supplier<T> work) {
      T result = work.get();
      progress.step(done.incrementAndGet(), steps, "plain and accelerated");
      return result;
    }

    private CheckReport compare(Plain plain, Map<Mode, Future<Accelerated>> observed) {
      Map<String, ContractCase> results = new LinkedHashMap<>();
      Status status = null;
      for (Map.Entry<Mode, Future<Accelerated>> each : observed.entrySet()) {
        Accelerated accelerated = result(each.getValue());
        status = accelerated.status();
        for (Map.Entry<String, String> expected : plain.observed().entrySet()) {
          String name = expected.getKey();
          String now = accelerated.observed().getOrDefault(name, NOTHING);
          put(results, each.getKey(), name, expected.getValue(), now, status);
        }
      }
      repeatWhatDiffers(results, plain, status);
      return new CheckReport(
          System.getProperty("os.version"),
          status.build().orElseThrow().generation(),
          status.build().orElseThrow().sha256(),
          protections(status),
          List.copyOf(results.values()));
    }

    /** A loaded machine can make one seem to hang; that one runs again. */
    private Plain observePlain() {
      if (!plainOutcomes.isEmpty()) {
        return new Plain(plainOutcomes, Duration.ZERO);
      }
      try (Pods pods = new Pods(scratch)) {
        Map<String, String> observed = new LinkedHashMap<>();
        Collection<String> chosen = cases;
        long began = System.nanoTime();
        Duration took = Duration.ZERO;
        for (int look = 0; look <= REPEATS; look++) {
          observed.putAll(pods.probe(chosen).run(Mode.DIRECT, PLAIN_CASE_LIMIT, () -> {}));
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
      try (Pods pods = new Pods(scratch)) {
        return pods.runAccelerated(mode, chosen, limit);
      }
    }

    private void put(
        Map<String, ContractCase> results,
        Mode mode,
        String name,
        String plain,
        String accelerated,
        Status status) {
      String full = fullName(name, mode);
      boolean same = plain.equals(accelerated);
      String limit =
          same
              ? ""
              : KnownLimit.of(full, accelerated, status.guards(), KnownLimit.Kernel.running())
                  .map(Object::toString)
                  .orElse("");
      Verdict verdict =
          same ? Verdict.SAME : limit.isEmpty() ? Verdict.DIFFERS : Verdict.KNOWN_LIMIT;
      results.put(full, new ContractCase(full, plain, accelerated, verdict, limit));
    }

    /**
     * A case differs if it keeps to it, in fresh pods: two threads of a loaded machine may miss
     * each other once. First those of a mode together, since most do not keep to it, and pods and a
     * datapath for each take seconds.
     */
    private void repeatWhatDiffers(Map<String, ContractCase> results, Plain plain, Status status) {
      Duration limit = plain.took().compareTo(CASE_LIMIT) > 0 ? plain.took() : CASE_LIMIT;
      for (int repeat = 0; repeat <= REPEATS; repeat++) {
        for (Mode mode : modes) {
          List<String> differing =
              results.values().stream()
                  .filter(c -> c.verdict() == Verdict.DIFFERS)
                  .filter(c -> modeOf(c.name()) == mode)
                  .filter(c -> isSurprise.test(c.name()))
                  .map(ContractCase::nameWithoutMode)
                  .toList();
          for (List<String> together : repeat == 0 ? all(differing) : oneByOneIfFew(differing)) {
            progress.step(
                done.get(), steps, "once more what differs: " + String.join(" ", together));
            observe(mode, together, limit)
                .observed()
                .forEach(
                    (name, now) ->
                        put(results, mode, name, plain.observed().get(name), now, status));
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

    private static Mode modeOf(String name) {
      return Stream.of(Mode.values())
          .filter(mode -> name.endsWith("/" + mode))
          .findFirst()
          .orElse(Mode.DIRECT);
    }
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

  private static List<Protection> protections(Status status) {
    return Stream.of(
            Stream.of(
                new Protection(
                    "timers",
                    RunningKernel.hasTimers(),
                    "flows that went back to TCP leave by themselves; without, accelctl agent sees to"
                        + " it")),
            Stream.of(KernelFacts.values())
                .map(
                    fact ->
                        new Protection(
                            fact.toString(), status.kernelFacts().contains(fact), fact.purpose())),
            Stream.of(Guard.values())
                .map(
                    guard ->
                        new Protection(
                            guard.toString(), status.guards().contains(guard), guard.purpose())))
        .flatMap(Function.identity())
        .toList();
  }
}
