package io.podwire.bench.cost;

import io.podwire.bench.Acceleration;
import io.podwire.bench.Distribution;
import io.podwire.bench.PathProof;
import io.podwire.bench.model.Cost;
import io.podwire.bench.tool.OwnProgram;
import io.podwire.bench.tool.PingPong;
import io.podwire.bench.tool.StreamPingPong;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

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
    this.pingPong =
        StreamPingPong.podToPod(OwnProgram.PINGPONG.in(scratch), scratch, scale.millis());
    this.many = neighbours(pod.ipv4(), scale.selected());
    this.progress = progress;
  }

  static int steps(int pairs) {
    return OffNodeTraffic.values().length * SETTINGS.size() * pairs;
  }

  List<Cost> measure(int pairs) {
    Map<Setting, List<Map<OffNodeTraffic, Double>>> rounds =
        PairedRounds.run(SETTINGS, pairs, this::rounds);
    return Stream.of(OffNodeTraffic.values())
        .flatMap(traffic -> costs(traffic, rounds, scale.selected()).stream())
        .toList();
  }

  /** The two comparisons of each group, and what they would be if nothing was different. */
  static List<Cost> costs(
      OffNodeTraffic traffic,
      Map<Setting, List<Map<OffNodeTraffic, Double>>> rounds,
      int selected) {
    Map<Setting, List<Double>> values = new EnumMap<>(Setting.class);
    rounds.forEach(
        (setting, group) ->
            values.put(setting, group.stream().map(round -> round.get(traffic)).toList()));
    List<Double> absent = values.get(Setting.ABSENT);
    List<Double> again = values.get(Setting.ABSENT_AGAIN);
    String many = String.format(Locale.ROOT, "enabled, %,d addresses selected", selected);
    return List.of(
        cost(traffic, "enabled", absent, "enabled", values.get(Setting.ENABLED)),
        cost(traffic, "many-selected", again, many, values.get(Setting.MANY_SELECTED)),
        cost(traffic, "noise", absent, ABSENT, again));
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

  // All traffic in each: a load takes longer than a round.
  private Map<OffNodeTraffic, Double> rounds(Setting setting, int pair) {
    String name = "Off-node, round " + (pair + 1) + ": " + setting;
    prepare(setting);
    PathProof proof = PathProof.begin(acceleration.datapath(), name);
    Map<OffNodeTraffic, Double> values = new EnumMap<>(OffNodeTraffic.class);
    for (OffNodeTraffic traffic : OffNodeTraffic.values()) {
      progress.accept(name + ": " + traffic.title());
      values.put(traffic, run(traffic));
    }
    int pods = acceleration.pods().size();
    switch (setting) {
      case ABSENT, ABSENT_AGAIN -> proof.absent();
      case ENABLED -> proof.idle(pods);
      case MANY_SELECTED -> proof.idle(pods + many.size());
    }
    return values;
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
