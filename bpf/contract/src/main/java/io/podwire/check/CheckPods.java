package io.podwire.check;

import io.podwire.datapath.Counter;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.Janitor;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Testbed;
import io.podwire.testbed.TestbedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Two pods between which the cases run, plain or accelerated. */
final class CheckPods implements AutoCloseable {

  private static final String CLIENT = "client";
  private static final String SERVER = "server";

  /** A Service's address: the client's own namespace translates it to the server's. */
  private static final String SERVICE = "10.96.0.10";

  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(10);

  /**
   * A limit below the default, and below what the probe leaves unread in the mode overflow: each
   * byte of that costs time.
   */
  private static final int OVERFLOW_BACKLOG_BYTES = 1 << 20;

  /** Connections that the cases have at a time, and more: what a load costs grows with them. */
  private static final int MAX_FLOWS = 1024;

  private final Testbed bed;
  private final Place client;
  private final Place server;
  private final Scratch scratch;
  private final List<String> service;

  /**
   * What accelerated cases showed.
   *
   * @param observed by case
   * @param status of their datapath, behind the last case
   */
  record Accelerated(Map<String, String> observed, Status status) {

    Accelerated requireRedirected() {
      if (status.counters().get(Counter.REDIRECTED) == 0) {
        throw new CheckException(
            "no message of the cases was redirected, so nothing was compared: "
                + status.counters());
      }
      return this;
    }
  }

  CheckPods(Scratch scratch) {
    this.scratch = scratch;
    bed = Testbed.open(CLIENT, SERVER);
    client = bed.pod(CLIENT);
    server = bed.pod(SERVER);
    service = service();
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

  /**
   * What each case showed over plain TCP.
   *
   * @param chosen cases; empty for all
   * @param limit of a case
   */
  Map<String, String> runPlain(Collection<String> chosen, Duration limit) {
    return probe(chosen).run(Mode.DIRECT, limit, () -> {});
  }

  /**
   * Runs cases with a datapath of their own, in which no earlier one made anybody incompatible.
   *
   * @param datapaths makes it, of a directory for its pins and a cgroup
   * @param chosen cases; empty for all
   * @param limit of a case
   */
  Accelerated runAccelerated(
      BiFunction<Path, Path, Datapath> datapaths,
      Mode mode,
      Collection<String> chosen,
      Duration limit) {
    try (Datapath datapath = datapaths.apply(bed.pinDir(), bed.cgroup());
        Janitor janitor = Janitor.of(datapath)) {
      try {
        configure(datapath, mode);
        Map<String, String> observed =
            probe(chosen).run(mode, limit, () -> mode.midStream(datapath));
        return new Accelerated(observed, datapath.status());
      } finally {
        datapath.unload(DRAIN_LIMIT, true);
      }
    }
  }

  private void configure(Datapath datapath, Mode mode) {
    boolean loaded = datapath.status().state() != State.ABSENT;
    datapath.configure(
        settings ->
            settings
                .withMaxFlows(loaded ? settings.maxFlows() : MAX_FLOWS)
                .withBreakEvenMessages(0)
                .withGears(mode.gears())
                .withMaxBacklogBytes(
                    mode.overflows() ? OVERFLOW_BACKLOG_BYTES : settings.maxBacklogBytes()));
    datapath.select(
        Stream.of(client, server).flatMap(pod -> pod.addresses().stream()).map(Prefix::of).toList(),
        Selection.SELECTED);
    if (mode.beginsEnabled()) {
      datapath.enable();
    } else {
      datapath.disable();
    }
  }

  private Probe probe(Collection<String> chosen) {
    List<String> options = new ArrayList<>(service);
    chosen.forEach(name -> options.addAll(List.of("-c", name)));
    return new Probe(scratch, client, server, options);
  }

  @Override
  public void close() {
    bed.close();
  }
}
