package io.podwire.clusterbench;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podwire.agent.ClusterClient;
import io.podwire.agent.NodeAnnotation;
import io.podwire.bench.BenchException;
import io.podwire.bench.RoundOrder;
import io.podwire.bench.model.BenchReport;
import io.podwire.bench.model.Cell;
import io.podwire.bench.model.CellRound;
import io.podwire.bench.model.Environment;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.Side;
import io.podwire.bench.model.Table;
import io.podwire.bench.report.ReportDirectory;
import io.podwire.bench.run.BenchOptions;
import io.podwire.cluster.ClusterException;
import io.podwire.cluster.ClusterPlace;
import io.podwire.cluster.NodeAgent;
import io.podwire.cluster.NodeStatus;
import io.podwire.cluster.SockperfPods;
import io.podwire.cluster.Undo;
import io.podwire.testbed.Family;
import io.podwire.testbed.Network;
import io.podwire.testbed.Progress;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The comparison between two pods of a node, with acceleration off and on as its agent has it. */
public final class ClusterBench {

  /** The name of what it makes. */
  private static final String PURPOSE = "podwire-bench";

  /** The pod's address and the Service's. */
  private static final int TARGETS = 2;

  private final KubernetesClient client;
  private final BenchOptions options;
  private final ClusterPlace place;
  private final Progress progress;
  private final Consumer<String> left;
  private int done;

  private ClusterBench(
      KubernetesClient client,
      BenchOptions options,
      ClusterPlace place,
      Progress progress,
      Consumer<String> left) {
    this.client = client;
    this.options = options;
    this.place = place;
    this.progress = progress;
    this.left = left;
  }

  /**
   * Makes two pods on a node, compares, and writes {@code report.json} and {@code report.html};
   * with the credentials of the kubeconfig. While a round is off, no new connection of the whole
   * node is accelerated. Leaves nothing but the report, and the node's annotation as it was, also
   * when the JVM is ended in the middle.
   *
   * @param progress hears of every round before it begins
   * @param left as of {@link Undo}
   * @throws BenchException where sockperf failed, the report cannot be written, or a round was not
   *     what it claims
   * @throws io.podwire.cluster.ClusterException where something in the cluster is not as it has to
   *     be
   * @throws io.podwire.agent.AgentException where the Node cannot be read or changed
   */
  public static BenchReport run(
      BenchOptions options, ClusterPlace place, Progress progress, Consumer<String> left) {
    try (KubernetesClient client = ClusterClient.open()) {
      return run(client, options, place, progress, left);
    }
  }

  static BenchReport run(
      KubernetesClient client,
      BenchOptions options,
      ClusterPlace place,
      Progress progress,
      Consumer<String> left) {
    try {
      return new ClusterBench(client, options, place, progress, left).run();
    } catch (KubernetesClientException e) {
      throw ClusterException.of(e);
    }
  }

  private BenchReport run() {
    Instant began = Instant.now();
    options.requireOutput();
    NodeAnnotation annotation = new NodeAnnotation(client, place.node());
    annotation.value(); // It fails where there is no such node.
    NodeAgent agent = NodeAgent.of(client, place.node());
    agent.requireReady();
    NodeStatus status = agent.status();
    NodeSwitch.require(status, place.node());
    String image = place.image().orElse(agent.image());
    try (Scratch scratch = Scratch.create();
        Undo undo = new Undo(left)) {
      progress.step(done, steps(), "pods on node " + place.node());
      SockperfPods pods = new SockperfPods(client, PURPOSE, place, image, undo);
      agent.requireSelected(pods.server(), pods.client());
      NodeSwitch acceleration = new NodeSwitch(annotation, place.node(), agent::status, undo);
      NodeSurroundings surroundings = NodeSurroundings.begin(pods.server());
      PodPingPong pingPong =
          new PodPingPong(pods, agent, acceleration, scratch, options.headlineSeconds());
      acceleration.set(true);
      List<Cell> cells = new ArrayList<>();
      addresses(pods).forEach((link, address) -> cells.addAll(row(pingPong, link, address)));
      progress.step(steps(), steps(), "");
      Environment environment =
          surroundings.describe(
              image, client.getKubernetesVersion().getGitVersion(), status.settings());
      BenchReport report =
          new BenchReport(
              began,
              Duration.between(began, Instant.now()),
              options.reported(),
              environment,
              Optional.empty(),
              Optional.of(
                  new Table(
                      pingPong.cpus() + " of node " + place.node(),
                      false,
                      otherServices(),
                      List.copyOf(cells))),
              Optional.empty());
      new ReportDirectory(options.output()).write(report);
      return report;
    }
  }

  /** How many Services the cluster has beside the bench's own. */
  private int otherServices() {
    return client.services().inAnyNamespace().list().getItems().size() - 1;
  }

  private static Map<Link, String> addresses(SockperfPods pods) {
    Map<Link, String> addresses = new LinkedHashMap<>();
    addresses.put(new Link(Network.CLUSTER, Target.POD_IP, Family.IPV4), pods.serverAddress());
    addresses.put(new Link(Network.CLUSTER, Target.SERVICE, Family.IPV4), pods.serviceAddress());
    return addresses;
  }

  private List<Cell> row(PodPingPong pingPong, Link link, String address) {
    Optional<String> obstacle = pingPong.obstacle(address);
    if (obstacle.isPresent() && link.target() == Target.POD_IP) {
      throw new BenchException(
          "one pod cannot reach the other: "
              + obstacle.get()
              + ": does a NetworkPolicy of namespace "
              + place.namespace()
              + " forbid it?");
    }
    List<Cell> cells = new ArrayList<>();
    for (int size : options.messageSizes()) {
      List<CellRound> rounds =
          obstacle.isPresent() ? List.of() : rounds(pingPong, link, address, size);
      cells.add(new Cell(link, new PingPongColumn(size), rounds, obstacle));
    }
    return cells;
  }

  private List<CellRound> rounds(PodPingPong pingPong, Link link, String address, int size) {
    List<CellRound> rounds = new ArrayList<>();
    for (int pair = 0; pair < options.rounds(); pair++) {
      for (Side side : RoundOrder.of(List.of(Side.OFF, Side.ON), pair)) {
        String title =
            link.target().title() + ", " + size + " bytes, round " + (pair + 1) + " " + side;
        progress.step(done++, steps(), title);
        rounds.add(pingPong.round(address, size, pair, side, title));
      }
    }
    return rounds;
  }

  private int steps() {
    return TARGETS * options.messageSizes().size() * options.rounds() * Side.values().length;
  }
}
