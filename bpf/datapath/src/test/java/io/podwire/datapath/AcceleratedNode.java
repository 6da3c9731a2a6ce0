package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podwire.bpf.BpfMap;
import io.podwire.datapath.DatapathProcess.Work;
import io.podwire.testbed.Place;
import io.podwire.testbed.Testbed;
import io.podwire.testing.Evidence;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One testbed for a test class, and in it for each test a datapath that nothing was done with yet.
 */
public final class AcceleratedNode
    implements BeforeAllCallback,
        BeforeEachCallback,
        AfterTestExecutionCallback,
        AfterEachCallback,
        AfterAllCallback {

  /** Adaptive joining off: whether a connection joins does not depend on those before it. */
  public static final Settings EVERY_FLOW_JOINS = Settings.DEFAULT.withBreakEvenMessages(0);

  /** The same without gears, for what an obstacle does where it ends the redirection for good. */
  public static final Settings WITHOUT_GEARS = EVERY_FLOW_JOINS.withGears(Gears.OFF);

  /** An emulated CPU stands still at times, so what counts on time is less there. */
  public static final boolean EMULATED = Boolean.getBoolean("podwire.emulated");

  /**
   * Of experiments: the protection that the programs lack ({@code -Dpodwire.without=caught-up}).
   */
  static final Optional<String> WITHOUT =
      Optional.ofNullable(System.getProperty("podwire.without"));

  private static final int MOST_FLOWS = 20;

  private final List<Traffic> running = new ArrayList<>();
  private Testbed bed;
  private KernelDatapath datapath;
  private Janitor janitor;

  @Override
  public void beforeAll(ExtensionContext context) {
    bed = Testbed.open("client", "server", "proxy");
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    datapath = datapath(bed.pinDir(), bed.cgroup());
    janitor = Janitor.of(datapath);
  }

  static KernelDatapath datapath(Path pinDir, Path cgroup) {
    return WITHOUT
        .map(protection -> without(protection, pinDir, cgroup))
        .orElseGet(() -> KernelDatapath.at(pinDir, cgroup));
  }

  /**
   * A datapath of a build that lacks one protection.
   *
   * @param protection as in {@code protection.h}, in lower case with dashes
   */
  public static KernelDatapath without(String protection, Path pinDir, Path cgroup) {
    return KernelDatapath.without(protection, pinDir, cgroup);
  }

  /** A datapath that a process loaded and enabled which has the rights of the agent's container. */
  public static KernelDatapath loadedAsTheAgent(Path pinDir, Path cgroup) {
    try (DatapathProcess agent = DatapathProcess.startAsAgent(Work.ENABLE, pinDir, cgroup)) {
      agent.awaitDone();
    }
    return KernelDatapath.at(pinDir, cgroup);
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    Evidence.print(context, this::evidence);
  }

  /** What is gone with the pods. */
  private String evidence() {
    Status status = datapath.status();
    Map<Counter, Long> counted = new EnumMap<>(status.counters());
    counted.values().removeIf(count -> count == 0);
    return Stream.of(
            Stream.of(status.state() + " " + counted + " " + status.warnings()),
            datapath.flows().stream().limit(MOST_FLOWS).map(Object::toString),
            Stream.of(client(), server(), proxy())
                .map(pod -> pod.name() + ":\n" + pod.run("sh", "-c", "ss -Htnmo | head -n 20")))
        .flatMap(Function.identity())
        .collect(Collectors.joining("\n"));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    running.forEach(Traffic::close);
    running.clear();
    for (Place place : List.of(bed.node(), client(), server())) {
      place.run("iptables", "-t", "nat", "-F");
      place.run("ip6tables", "-t", "nat", "-F");
    }
    janitor.close();
    datapath.unload(Duration.ofSeconds(10), true);
    datapath.close();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    bed.close();
  }

  public Testbed bed() {
    return bed;
  }

  public Place client() {
    return bed.pod("client");
  }

  public Place server() {
    return bed.pod("server");
  }

  public Place proxy() {
    return bed.pod("proxy");
  }

  public KernelDatapath datapath() {
    return datapath;
  }

  /** Enables the datapath for every address of every pod. */
  public void accelerate(Settings settings) {
    accelerate(settings, client(), server(), proxy());
  }

  /** Enables the datapath for every address of these pods. */
  public void accelerate(Settings settings, Place... pods) {
    accelerate(datapath, settings, pods);
  }

  static void accelerate(Datapath datapath, Settings settings, Place... pods) {
    datapath.configure(current -> settings);
    datapath.select(
        Stream.of(pods).flatMap(pod -> pod.addresses().stream()).map(Prefix::of).toList(),
        Selection.SELECTED);
    datapath.enable();
  }

  /** Starts a server that ends with the test. */
  public void serve(Place place, String arguments, InetAddress address, int port) {
    running.add(Traffic.serve(place, arguments, address, port));
  }

  /** Starts a client that ends with the test. */
  public Traffic start(
      Place place, String arguments, InetAddress address, int port, long... numbers) {
    Traffic client = Traffic.start(place, arguments, address, port, numbers);
    running.add(client);
    return client;
  }

  /** Opens connections that stay, each having exchanged one message. */
  public Traffic hold(Place place, InetAddress address, int port, int connections) {
    Traffic client = start(place, "hold", address, port, connections);
    client.awaitLine("round 0 failed 0");
    return client;
  }

  /** Whether this kernel takes a guard; loads the datapath to see. */
  public boolean hasGuard(Guard guard) {
    datapath.load();
    return datapath.status().guards().contains(guard);
  }

  /** Whether FIONREAD counts redirected bytes: by the guard, or as later kernels do themselves. */
  public boolean countsRedirected() {
    return hasGuard(Guard.FIONREAD) || RunningKernel.countsRedirected();
  }

  public long count(Counter counter) {
    return datapath.status().counters().get(counter);
  }

  /** Moves the incompatibilities in a map into the past. */
  public void age(String name, Duration by) {
    Path pin = bed.pinDir().resolve(Build.carried().toString()).resolve(name);
    try (BpfMap map = BpfMap.open(pin)) {
      for (ByteBuffer key : map.keys()) {
        ByteBuffer entry = map.lookup(key).orElseThrow();
        long at = entry.getLong(Layout.INCOMPATIBILITY_AT);
        map.update(key, entry.putLong(Layout.INCOMPATIBILITY_AT, at - by.toNanos()));
      }
    }
  }

  public int flows() {
    return datapath.status().flows();
  }

  /**
   * Waits until something was redirected: traffic that was started in the background is under way.
   */
  public void awaitRedirects() {
    await().until(() -> count(Counter.REDIRECTED) > 0);
  }

  /** Sockets leave the kernel's maps a little after they were closed. */
  public void awaitNoFlows() {
    await().untilAsserted(() -> assertThat(flows()).isZero());
  }
}
