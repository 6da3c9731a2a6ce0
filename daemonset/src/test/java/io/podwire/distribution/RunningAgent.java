package io.podwire.distribution;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.podwire.datapath.Counter;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.State;
import io.podwire.testbed.Place;
import io.podwire.testbed.Testbed;
import io.podwire.testing.Evidence;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the tests of the agent as a process begin with: pods of namespaces, an API server, and a
 * datapath that nothing was done with yet.
 */
@KernelTest
abstract class RunningAgent {

  static final int PORT = 7400;

  @TempDir Path directory;

  final List<AutoCloseable> opened = new ArrayList<>();

  Testbed bed;
  Place client;
  Place server;
  ApiServer api;
  KernelDatapath datapath;

  @RegisterExtension
  final AfterTestExecutionCallback evidence = context -> Evidence.print(context, this::evidence);

  /** What is gone with the directory and the pods. */
  private String evidence() {
    return Stream.concat(
            Stream.of(datapath.status().toString()),
            opened.stream()
                .filter(AgentProcess.class::isInstance)
                .map(agent -> ((AgentProcess) agent).log()))
        .collect(Collectors.joining("\n"));
  }

  @BeforeAll
  static void bePatient() {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
  }

  @AfterAll
  static void forgetPatience() {
    Awaitility.reset();
  }

  @BeforeEach
  void open() {
    bed = testbed();
    client = bed.pod("client");
    server = bed.pod("server");
    datapath = KernelDatapath.at(bed.pinDir(), bed.cgroup());
    api = ApiServer.start();
  }

  /** One that has the pods {@code client} and {@code server}. */
  Testbed testbed() {
    return Testbed.open("client", "server");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
    api.close();
    datapath.unload(Duration.ofSeconds(5), true);
    bed.close();
  }

  /** What docs/operations.md shows. */
  static void sample(String name, String text) throws IOException {
    Path samples = Files.createDirectories(Path.of("target/agent-samples"));
    Files.writeString(samples.resolve(name), text);
  }

  HeldFlows hold(InetAddress address, int connections) throws IOException {
    if (opened.stream().noneMatch(one -> one instanceof Served s && s.address.equals(address))) {
      opened.add(new Served(address, HeldFlows.serve(server, address, PORT)));
    }
    HeldFlows flows = HeldFlows.open(client, address, PORT, connections);
    opened.add(flows);
    return flows;
  }

  private record Served(InetAddress address, HeldFlows server) implements AutoCloseable {
    @Override
    public void close() {
      server.close();
    }
  }

  /** Makes the Pod of a place, with a process where the kubelet's sandbox is. */
  void createPod(Place place) {
    sandbox(place, api.createPod(place.name(), place.addresses()));
  }

  static void sandbox(Place place, Pod pod) {
    Path cgroup = place.cgroup().resolve("kubepods/pod" + pod.getMetadata().getUid());
    try {
      Files.createDirectories(cgroup);
      place
          .command("sh", "-c", "echo $$ >\"$0/cgroup.procs\" && exec sleep infinity", cgroup + "")
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await().until(() -> !Files.readString(cgroup.resolve("cgroup.procs")).isEmpty());
  }

  void createPods() {
    createPod(client);
    createPod(server);
    await().atMost(Duration.ofSeconds(60)).until(() -> datapath.status().selected() == 8);
    await().until(() -> datapath.status().state() == State.ENABLED);
    datapath.configure(settings -> settings.withBreakEvenMessages(0));
  }

  AgentProcess start(String... options) {
    AgentProcess agent = launch(options);
    await().until(agent::isReady);
    datapath.configure(settings -> settings.withBreakEvenMessages(0));
    return agent;
  }

  AgentProcess launch(String... options) {
    List<String> all = new ArrayList<>(List.of("--accept", "unchecked"));
    all.addAll(List.of(options));
    try {
      AgentProcess agent =
          AgentProcess.start(bed, api.kubeconfig(directory), directory, all.toArray(String[]::new));
      opened.add(agent);
      return agent;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A flow that is sent back goes to TCP by its first message after all of that was written. */
  void exchangeUntilNoneIsLeft(List<HeldFlows> flows) {
    await()
        .until(
            () -> {
              for (HeldFlows some : flows) {
                some.exchange();
              }
              return datapath.status().flows() == 0;
            });
  }

  long count(Counter counter) {
    return datapath.status().counters().get(counter);
  }

  static long passes(AgentProcess agent) {
    return agent
        .get("/metrics")
        .lines()
        .filter(line -> line.startsWith("podwire_reconcile_passes_total"))
        .mapToLong(line -> (long) Double.parseDouble(line.split(" ")[1]))
        .sum();
  }

  Completed accelctl(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--cgroup", bed.cgroup().toString()));
    all.addAll(List.of("--pin-dir", bed.pinDir().toString()));
    return BuiltAccelctl.built().run(all.toArray(String[]::new));
  }

  static InetAddress address(String literal) throws IOException {
    return InetAddress.getByName(literal);
  }
}
