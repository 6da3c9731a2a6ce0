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
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Compares what applications observe over plain TCP and accelerated, on this machine's kernel. */
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

  /** Of an accelerated case; or as long as all plain ones took together, if that is more. */
  private static final Duration CASE_LIMIT = Duration.ofSeconds(6);

  /** Runs in which a case must keep differing or, plain, hanging: a race of two threads may not. */
  private static final int LOOKS = 3;

  private final BiFunction<Path, Path, Datapath> datapaths;
  private final List<String> cases;

  /**
   * @param datapaths makes a datapath of a directory for its pins and a cgroup
   * @param cases the cases to run; empty for all
   */
  public ContractCheck(BiFunction<Path, Path, Datapath> datapaths, List<String> cases) {
    this.datapaths = datapaths;
    this.cases = List.copyOf(cases);
  }

  /** Of the product, with every case. */
  public ContractCheck() {
    this(KernelDatapath::at, List.of());
  }

  /**
   * Makes two pods and a datapath of their own, runs every case, and removes them again; takes well
   * under a minute. Needs root. An acceleration that is in use on this machine goes on.
   *
   * @throws CheckException when the cases cannot be run, or were not accelerated
   * @throws io.podwire.bench.testbed.TestbedException when the pods cannot be made
   * @throws io.podwire.datapath.DatapathException when the datapath refuses
   */
  public CheckReport run(Progress progress) {
    try (Scratch scratch = Scratch.create();
        Testbed bed = Testbed.open(CLIENT, SERVER);
        Datapath datapath = datapaths.apply(bed.pinDir(), bed.cgroup());
        Janitor janitor = Janitor.of(datapath)) {
      try {
        return new Run(bed, datapath, scratch, progress).report();
      } finally {
        progress.step(Run.STEPS, Run.STEPS, "");
        datapath.unload(DRAIN_LIMIT, true);
      }
    }
  }

  /** One check. */
  private final class Run {

    static final int STEPS = 5;

    private final Place client;
    private final Place server;
    private final Datapath datapath;
    private final Scratch scratch;
    private final Progress progress;
    private Duration caseLimit;
    private int done;

    Run(Testbed bed, Datapath datapath, Scratch scratch, Progress progress) {
      this.client = bed.pod(CLIENT);
      this.server = bed.pod(SERVER);
      this.datapath = datapath;
      this.scratch = scratch;
      this.progress = progress;
    }

    CheckReport report() {
      List<String> service = service();
      progress.step(done++, STEPS, "plain");
      long began = System.nanoTime();
      Map<String, String> plain = observePlain(service);
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      caseLimit = took.compareTo(CASE_LIMIT) > 0 ? took : CASE_LIMIT;
      accelerate();
      Status before = datapath.status();
      Map<String, ContractCase> results = new LinkedHashMap<>();
      for (Mode mode : Mode.values()) {
        progress.step(done++, STEPS, "accelerated, " + mode);
        Map<String, String> observed = observe(probe(service, cases), mode);
        requireRedirected();
        plain.forEach(
            (name, was) ->
                put(results, mode, name, was, observed.getOrDefault(name, NOTHING), before));
      }
      progress.step(done++, STEPS, "once more what differs");
      lookAgain(results, plain, service, before);
      return new CheckReport(
          System.getProperty("os.version"),
          before.generation().orElseThrow(),
          protections(before.guards()),
          List.copyOf(results.values()));
    }

    private Probe probe(List<String> service, Collection<String> chosen) {
      List<String> options = new ArrayList<>(service);
      chosen.forEach(name -> options.addAll(List.of("-c", name)));
      return new Probe(scratch, client, server, options);
    }

    /** A loaded machine can make one seem to hang; that one runs again. */
    private Map<String, String> observePlain(List<String> service) {
      Map<String, String> observed = new LinkedHashMap<>();
      Collection<String> chosen = cases;
      for (int look = 0; look < LOOKS; look++) {
        observed.putAll(probe(service, chosen).run(Mode.DIRECT, PLAIN_CASE_LIMIT, () -> {}));
        chosen = observed.keySet().stream().filter(c -> observed.get(c).contains(HANGS)).toList();
        if (chosen.isEmpty()) {
          break;
        }
      }
      return observed;
    }

    /** With a datapath that remembers nothing of earlier cases. */
    private Map<String, String> observe(Probe probe, Mode mode) {
      datapath.unload(DRAIN_LIMIT, true);
      accelerate();
      datapath.enable();
      return probe.run(mode, caseLimit, datapath::disableNow);
    }

    private void put(
        Map<String, ContractCase> results,
        Mode mode,
        String name,
        String plain,
        String accelerated,
        Status status) {
      String full = mode == Mode.DIRECT ? name : name + "/" + mode;
      boolean same = plain.equals(accelerated);
      String limit =
          same
              ? ""
              : KnownLimit.of(name, accelerated, status.guards(), KnownLimit.Kernel.running())
                  .map(Object::toString)
                  .orElse("");
      Verdict verdict =
          same ? Verdict.SAME : limit.isEmpty() ? Verdict.DIFFERS : Verdict.KNOWN_LIMIT;
      results.put(full, new ContractCase(full, plain, accelerated, verdict, limit));
    }

    /**
     * A case differs if it keeps to it: two threads of a loaded machine may miss each other once.
     */
    private void lookAgain(
        Map<String, ContractCase> results,
        Map<String, String> plain,
        List<String> service,
        Status status) {
      for (int look = 1; look < LOOKS; look++) {
        for (Mode mode : Mode.values()) {
          List<String> differing =
              results.values().stream()
                  .filter(c -> c.verdict() == Verdict.DIFFERS)
                  .map(ContractCase::name)
                  .filter(name -> modeOf(name) == mode)
                  .map(name -> name.replaceFirst("/.*", ""))
                  .toList();
          if (!differing.isEmpty()) {
            observe(probe(service, differing), mode)
                .forEach((name, now) -> put(results, mode, name, plain.get(name), now, status));
          }
        }
      }
    }

    private static Mode modeOf(String name) {
      return Stream.of(Mode.values())
          .filter(mode -> name.endsWith("/" + mode))
          .findFirst()
          .orElse(Mode.DIRECT);
    }

    private void accelerate() {
      datapath.configure(settings -> settings.withBreakEvenMessages(0));
      datapath.select(
          Stream.of(client, server)
              .flatMap(pod -> pod.addresses().stream())
              .map(Prefix::of)
              .toList(),
          Selection.SELECTED);
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

    private void requireRedirected() {
      Map<Counter, Long> counters = datapath.status().counters();
      if (counters.get(Counter.REDIRECTED) == 0) {
        throw new CheckException(
            "no message of the cases was redirected, so nothing was compared: " + counters);
      }
    }
  }

  private static List<Protection> protections(Set<Guard> guards) {
    return Stream.concat(
            Stream.of(
                new Protection(
                    "timers",
                    KernelDatapath.hasTimers(),
                    "flows that went back to TCP leave by themselves; without, accelctl agent sees to"
                        + " it")),
            Stream.of(Guard.values())
                .map(
                    guard ->
                        new Protection(guard.toString(), guards.contains(guard), guard.purpose())))
        .toList();
  }
}
