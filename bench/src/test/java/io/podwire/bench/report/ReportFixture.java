package io.podwire.bench.report;

import io.podwire.bench.CpuCost;
import io.podwire.bench.Distribution;
import io.podwire.bench.Unit;
import io.podwire.bench.model.BenchReport;
import io.podwire.bench.model.Cell;
import io.podwire.bench.model.CellRound;
import io.podwire.bench.model.ChattyNeighbour;
import io.podwire.bench.model.Column;
import io.podwire.bench.model.Cost;
import io.podwire.bench.model.Costs;
import io.podwire.bench.model.CpuUse;
import io.podwire.bench.model.Environment;
import io.podwire.bench.model.ExpectedJoining;
import io.podwire.bench.model.Figure;
import io.podwire.bench.model.Headline;
import io.podwire.bench.model.HttpCase;
import io.podwire.bench.model.HttpComparison;
import io.podwire.bench.model.HttpRound;
import io.podwire.bench.model.LatencyCase;
import io.podwire.bench.model.LatencyComparison;
import io.podwire.bench.model.LatencyRound;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.Route;
import io.podwire.bench.model.RunOptions;
import io.podwire.bench.model.Sample;
import io.podwire.bench.model.Side;
import io.podwire.bench.model.Table;
import io.podwire.bench.model.Tool;
import io.podwire.bench.run.Profile;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Settings;
import io.podwire.testbed.Family;
import io.podwire.testbed.Network;
import io.podwire.testbed.Placement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.HdrHistogram.Histogram;

/** Reports of runs that never were, with round numbers in the headline and noise in the table. */
final class ReportFixture {

  static final Link MACVLAN = Profile.STANDARD.links().get(0);

  private static final int PAIRS = 6;
  private static final Map<Route, Integer> NANOS =
      Map.of(
          Route.OFF, 5_000,
          Route.ON, 2_500,
          Route.UNIX, 3_500,
          Route.LOOPBACK, 4_500,
          Route.PIPE, 1_400);
  private static final Map<HttpCase, Double> RATES =
      Map.of(HttpCase.PLAIN, 10_000.0, HttpCase.IDLE, 9_900.0, HttpCase.ACCELERATED, 9_700.0);

  private static final List<Planned> COLUMNS =
      List.of(
          new Planned(
              "latency-14", "latency, 14 bytes", Unit.MICROS, 6, 2.1, "sockperf ping-pong --tcp"),
          new Planned(
              "latency-1024",
              "latency, 1024 bytes",
              Unit.MICROS,
              6.4,
              2,
              "sockperf ping-pong --tcp"),
          new Planned(
              "rate-1", "requests, 1 connection", Unit.TRANSACTIONS, 62_000, 1.9, "pingpong"),
          new Planned(
              "rate-32", "requests, 32 connections", Unit.TRANSACTIONS, 71_000, 1.5, "pingpong"),
          new Planned(
              "throughput",
              "sockperf throughput",
              Unit.MESSAGES,
              812_345,
              1.2,
              "sockperf throughput --tcp"),
          new Planned("bulk-1", "iperf3, 1 stream", Unit.GIGABITS, 21.4, 1, "iperf3 -P 1"),
          new Planned("bulk-32", "iperf3, 32 streams", Unit.GIGABITS, 19.2, 1, "iperf3 -P 32"),
          new Planned(
              "redis-get",
              "redis GET, 1,000 bytes",
              Unit.REQUESTS,
              88_000,
              1.3,
              "redis-benchmark -t get"),
          new Planned(
              "redis-set",
              "redis SET, 1,000 bytes",
              Unit.REQUESTS,
              81_000,
              1.25,
              "redis-benchmark -t set"),
          new Planned("http", "HTTP, keep-alive", Unit.REQUESTS, 45_000, 1.4, "wrk"),
          new Planned(
              "http-close",
              "HTTP, a connection each",
              Unit.REQUESTS,
              15_800,
              0.95,
              "wrk, Connection: close"),
          new Planned(
              "connections",
              "connections alone",
              Unit.CONNECTIONS,
              24_000,
              0.92,
              "pingpong connect"));

  private ReportFixture() {}

  /** A column, and what its cells are to hold. */
  private record Planned(String name, String title, Unit unit, double off, double gain, String tool)
      implements Column {

    @Override
    public Work work() {
      return unit == Unit.GIGABITS ? Work.GIGABYTE : Work.TRANSACTION;
    }

    @Override
    public ExpectedJoining joining() {
      return ExpectedJoining.MAY_RETIRE;
    }
  }

  /** The headline alone. */
  static BenchReport quick() {
    return report(
        options(Profile.QUICK, false),
        Optional.of(headline(2)),
        Optional.empty(),
        Optional.empty());
  }

  /** The headline, a table and costs. */
  static BenchReport standard() {
    return standard(1);
  }

  /**
   * @param gain how many times as good acceleration is in the table as in {@link #standard()}
   */
  static BenchReport standard(double gain) {
    return report(
        options(Profile.STANDARD, false),
        Optional.of(headline(PAIRS)),
        Optional.of(table(false, gain)),
        Optional.of(costs()));
  }

  /** A table of noise. */
  static BenchReport nullTest() {
    return report(
        options(Profile.STANDARD, true),
        Optional.empty(),
        Optional.of(table(true, 1)),
        Optional.empty());
  }

  private static BenchReport report(
      RunOptions options,
      Optional<Headline> headline,
      Optional<Table> table,
      Optional<Costs> costs) {
    Environment environment =
        new Environment(
            "6.18.44 #1 SMP",
            "Model of a <CPU> & more",
            2,
            "none",
            Map.of("mds", "Not affected", "spectre_v2", "Mitigation: Retpolines"),
            "cubic",
            "17",
            Map.of("ab", "2.3"),
            Settings.DEFAULT,
            0.1,
            0.2);
    return new BenchReport(
        Instant.EPOCH, Duration.ofMinutes(1), options, environment, headline, table, costs);
  }

  private static RunOptions options(Profile profile, boolean nullTest) {
    return new RunOptions(
        profile.toString(), PAIRS, 1, 0.3, List.of(14), List.of(Placement.SAME), 200, nullTest);
  }

  private static Headline headline(int pairs) {
    List<LatencyRound> latency = new ArrayList<>();
    List<HttpRound> http = new ArrayList<>();
    for (int pair = 0; pair < pairs; pair++) {
      for (LatencyCase latencyCase : LatencyCase.ALL) {
        latency.add(round(pair, latencyCase));
      }
      for (HttpCase httpCase : HttpCase.values()) {
        http.add(new HttpRound(pair, httpCase, 1_000, RATES.get(httpCase), Map.of()));
      }
    }
    return new Headline(
        List.of(new LatencyComparison(Placement.SAME, "both ends on CPU 1", 14, latency)),
        new HttpComparison(
            "both ends on CPU 1",
            http,
            new ChattyNeighbour(1_000, 50_000, Map.of(Counter.SKIPPED_SHORT, 940L))));
  }

  private static LatencyRound round(int pair, LatencyCase latencyCase) {
    Histogram oneWay = Distribution.empty();
    oneWay.recordValueWithCount(NANOS.get(latencyCase.route()), 1_000);
    return new LatencyRound(
        pair,
        latencyCase,
        1_000,
        oneWay,
        latencyCase.tool() == Tool.PINGPONG ? Optional.of(new CpuCost(1, 4, 0)) : Optional.empty(),
        latencyCase.route() == Route.ON ? Map.of(Counter.REDIRECTED, 2_000L) : Map.of());
  }

  private static Table table(boolean nullTest, double gain) {
    Random random = new Random(3);
    List<Cell> cells = new ArrayList<>();
    for (Link link : Profile.STANDARD.links()) {
      for (Planned column : COLUMNS) {
        cells.add(
            link.network() == Network.LOOPBACK && column.name().startsWith("redis")
                ? new Cell(link, column, List.of(), Optional.of("redis-server is missing"))
                : cell(link, column, nullTest ? 1 : gain * column.gain(), random));
      }
    }
    return new Table("both ends on CPU 1", nullTest, 200, List.copyOf(cells));
  }

  private static Cell cell(Link link, Planned column, double gain, Random random) {
    boolean micros = column.unit() == Unit.MICROS;
    double off = column.off() * (link.family() == Family.IPV6 ? 1.05 : 1);
    double on = micros ? off / gain : off * gain;
    List<CellRound> rounds = new ArrayList<>();
    for (int pair = 0; pair < PAIRS; pair++) {
      rounds.add(round(pair, Side.OFF, column, off, random));
      rounds.add(round(pair, Side.ON, column, on, random));
    }
    return new Cell(link, column, rounds, Optional.empty());
  }

  private static CellRound round(int pair, Side side, Planned column, double value, Random random) {
    double measured = value * Math.exp(0.015 * random.nextGaussian());
    return new CellRound(
        pair,
        side,
        new Sample(
            measured,
            1_000,
            1,
            2_000,
            column.unit() == Unit.MICROS
                ? Optional.of(around(measured, random))
                : Optional.empty()),
        new CpuUse(2_300, 2_100, 400),
        side == Side.ON ? Map.of(Counter.REDIRECTED, 2_000L) : Map.of());
  }

  private static Histogram around(double micros, Random random) {
    Histogram oneWay = Distribution.empty();
    for (int message = 0; message < 500; message++) {
      oneWay.recordValue((long) (1_000 * micros * Math.exp(0.2 * Math.abs(random.nextGaussian()))));
    }
    return oneWay;
  }

  private static Costs costs() {
    return new Costs(
        List.of(
            new Cost(
                "off-node-latency",
                "latency to a peer that leaves the node, 14 bytes",
                Unit.MICROS,
                "off",
                List.of(20.0, 20.1, 19.9, 20.0, 20.2, 20.0),
                "enabled, 10,000 addresses selected",
                List.of(20.1, 20.0, 20.0, 20.1, 20.1, 20.2)),
            new Cost(
                "off-node-connections",
                "connections to a peer that leaves the node",
                Unit.CONNECTIONS,
                "off",
                List.of(20_000.0, 20_100.0, 19_900.0, 20_000.0, 20_200.0, 20_000.0),
                "enabled, 10,000 addresses selected",
                List.of(19_000.0, 19_000.0, 18_900.0, 19_000.0, 19_100.0, 19_000.0))),
        List.of(
            new Figure("memory-per-flow", "memory of a flow, at 10,000 flows", Unit.BYTES, 2_048)));
  }
}
