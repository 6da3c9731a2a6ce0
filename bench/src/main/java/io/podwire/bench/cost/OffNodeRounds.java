package io.podwire.bench.cost;

import io.podwire.bench.Acceleration;
import io.podwire.bench.Distribution;
import io.podwire.bench.PathProof;
import io.podwire.bench.Scratch;
import io.podwire.bench.testbed.Place;
import io.podwire.bench.tool.PingPong;
import io.podwire.bench.tool.StreamPingPong;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** The tax on connections that leave the node: none of them can join. */
final class OffNodeRounds {

  private static final int MESSAGE_SIZE = 14;
  private static final double MEDIAN = 50;
  private static final String ABSENT = "absent";
  private static final List<Setting> SETTINGS = Arrays.asList(Setting.values());

  private final Acceleration acceleration;
  private final Place pod;
  private final Place outside;
  private final Scale scale;
  private final FlowsProgram flows;
  private final PingPong pingPong;
  private final List<Prefix> many;
  private final Consumer<String> progress;

  OffNodeRounds(
      Acceleration acceleration,
      Place pod,
      Place outside,
      Scratch scratch,
      Scale scale,
      Consumer<String> progress) {
    this.acceleration = acceleration;
    this.pod = pod;
    this.outside = outside;
    this.scale = scale;
    this.flows = new FlowsProgram(scratch);
    this.pingPong = StreamPingPong.podToPod(scratch.program("pingpong"), scratch, scale.millis());
    this.many = neighbours(pod.ipv4(), scale.selected());
    this.progress = progress;
  }

  static int steps(int pairs) {
    return OffNodeTraffic.values().length * SETTINGS.size() * pairs;
  }

  List<Cost> measure(int pairs) {
    List<Cost> costs = new ArrayList<>();
    for (OffNodeTraffic traffic : OffNodeTraffic.values()) {
      Map<Setting, List<Double>> values =
          PairedRounds.run(SETTINGS, pairs, (setting, pair) -> round(traffic, setting, pair));
      costs.addAll(costs(traffic, values, scale.selected()));
    }
    return costs;
  }

  /** The two comparisons of a group, and what they would be if nothing was different. */
  static List<Cost> costs(OffNodeTraffic traffic, Map<Setting, List<Double>> values, int selected) {
    String many = String.format(Locale.ROOT, "enabled, %,d addresses selected", selected);
    return List.of(
        cost(
            traffic, "enabled", values.get(Setting.ABSENT), "enabled", values.get(Setting.ENABLED)),
        cost(
            traffic,
            "many-selected",
            values.get(Setting.ABSENT_AGAIN),
            many,
            values.get(Setting.MANY_SELECTED)),
        cost(
            traffic,
            "noise",
            values.get(Setting.ABSENT),
            ABSENT,
            values.get(Setting.ABSENT_AGAIN)));
  }

  private static Cost cost(
      OffNodeTraffic traffic,
      String what,
      List<Double> baselines,
      String treatment,
      List<Double> treatments) {
    return new Cost(
        traffic + "-" + what,
        traffic.title(),
        traffic.unit(),
        ABSENT,
        baselines,
        treatment,
        treatments);
  }

  private double round(OffNodeTraffic traffic, Setting setting, int pair) {
    String name =
        traffic.title()
            + ", round "
            + (pair + 1)
            + ": "
            + setting.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    progress.accept(name);
    prepare(setting);
    PathProof proof = PathProof.begin(acceleration.datapath(), name);
    double value = run(traffic);
    int pods = acceleration.pods().size();
    switch (setting) {
      case ABSENT, ABSENT_AGAIN -> proof.absent();
      case ENABLED -> proof.idle(pods);
      case MANY_SELECTED -> proof.idle(pods + many.size());
    }
    return value;
  }

  private void prepare(Setting setting) {
    switch (setting) {
      case ABSENT, ABSENT_AGAIN -> acceleration.absent();
      case ENABLED -> acceleration.on();
      case MANY_SELECTED -> {
        acceleration.on();
        acceleration.datapath().select(many, Selection.SELECTED);
      }
    }
  }

  private double run(OffNodeTraffic traffic) {
    return switch (traffic) {
      case LATENCY ->
          Distribution.micros(pingPong.run(outside, pod, MESSAGE_SIZE).oneWay(), MEDIAN);
      case THROUGHPUT -> flows.gigabits(outside, pod, scale.millis());
      case CONNECTIONS_OUT -> flows.connectionsPerSecond(outside, pod, scale.millis());
      case CONNECTIONS_IN -> flows.connectionsPerSecond(pod, outside, scale.millis());
    };
  }

  // In the pod's own /16: they share leading bits with its address, so a lookup of that walks far.
  private static List<Prefix> neighbours(InetAddress pod, int count) {
    List<Prefix> neighbours = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] address = pod.getAddress();
      address[2] = (byte) (address[2] + 1 + i / 256);
      address[3] = (byte) i;
      try {
        neighbours.add(Prefix.of(InetAddress.getByAddress(address)));
      } catch (UnknownHostException e) {
        throw new IllegalStateException(e); // only for a wrong length
      }
    }
    return neighbours;
  }
}
