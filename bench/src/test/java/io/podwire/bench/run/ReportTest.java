package io.podwire.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.podwire.bench.CpuCost;
import io.podwire.bench.Distribution;
import io.podwire.bench.Placement;
import io.podwire.bench.headline.ChattyNeighbour;
import io.podwire.bench.headline.HttpCase;
import io.podwire.bench.headline.HttpComparison;
import io.podwire.bench.headline.HttpRound;
import io.podwire.bench.headline.LatencyCase;
import io.podwire.bench.headline.LatencyComparison;
import io.podwire.bench.headline.LatencyRound;
import io.podwire.bench.headline.Route;
import io.podwire.bench.headline.Tool;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Settings;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

final class ReportTest {

  private static final Map<Route, Integer> NANOS =
      Map.of(Route.OFF, 5_000, Route.ON, 2_500, Route.UNIX, 3_500, Route.LOOPBACK, 4_500);
  private static final Map<HttpCase, Double> RATES =
      Map.of(HttpCase.PLAIN, 10_000.0, HttpCase.IDLE, 9_900.0, HttpCase.ACCELERATED, 9_700.0);

  private final BenchReport report = report();

  @Test
  void tableShowsOffOnTheirRatioAndTheYardsticks() {
    assertThat(report.table())
        .contains("14 bytes, both ends on CPU 1")
        .containsPattern("sockperf off +5\\.00")
        .containsPattern("sockperf on +2\\.50")
        .containsPattern("sockperf off/on +2\\.00  \\[2\\.00, 2\\.00]")
        .containsPattern("pingpong UNIX socket +3\\.50")
        .containsPattern("pingpong UNIX socket/on +1\\.40")
        .containsPattern("pingpong TCP loopback +4\\.50");
  }

  @Test
  void tableShowsRequestRatesAsShareOfPlain() {
    assertThat(report.table())
        .containsPattern("plain, nothing attached +10000")
        .containsPattern("attached, nothing selected +9900  0\\.990")
        .containsPattern("accelerated +9700  0\\.970");
  }

  @Test
  void jsonHoldsEveryRoundWithItsCounters() throws Exception {
    JsonNode json = new ObjectMapper().readTree(ReportJson.of(report));

    JsonNode rounds = json.at("/latency/0/rounds");
    assertThat(rounds).hasSize(12);
    assertThat(rounds.at("/1/route").asText()).isEqualTo("on");
    assertThat(rounds.at("/1/one_way_us/p50").asDouble()).isEqualTo(2.501, offset(0.01));
    assertThat(rounds.at("/1/counters/redirected").asLong()).isEqualTo(2_000);
    assertThat(rounds.at("/3/cpu_us/system").asDouble()).isEqualTo(4);
    assertThat(json.at("/latency/0/ratios/0/ratio").asDouble()).isEqualTo(2, offset(0.01));
    assertThat(json.at("/http/summaries/2/case").asText()).isEqualTo("accelerated");
    assertThat(json.at("/environment/settings/break_even_messages").asInt()).isEqualTo(8);
  }

  @Test
  void htmlNeedsNothingButItself() {
    assertThat(ReportHtml.of(report))
        .doesNotContainPattern("@[A-Z]+@|https?:|src=|url\\(|<script|<link");
  }

  @Test
  void chartsAreWellFormed() throws Exception {
    String html = ReportHtml.of(report);
    int charts = 0;
    for (int from = html.indexOf("<svg"); from >= 0; from = html.indexOf("<svg", from + 1)) {
      String svg = html.substring(from, html.indexOf("</svg>", from) + "</svg>".length());
      assertThat(svg).doesNotContain("NaN", "Infinity");
      DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(new InputSource(new StringReader(svg)));
      charts++;
    }

    assertThat(charts).isGreaterThanOrEqualTo(5);
  }

  private static BenchReport report() {
    List<LatencyRound> latency = new ArrayList<>();
    List<HttpRound> http = new ArrayList<>();
    for (int pair = 0; pair < 2; pair++) {
      for (LatencyCase latencyCase : LatencyCase.ALL) {
        latency.add(round(pair, latencyCase));
      }
      for (HttpCase httpCase : HttpCase.values()) {
        http.add(new HttpRound(pair, httpCase, 1_000, RATES.get(httpCase), Map.of()));
      }
    }
    BenchOptions options =
        new BenchOptions(2, 1, List.of(14), List.of(Placement.SAME), Path.of("out"));
    return new BenchReport(
        Instant.EPOCH,
        Duration.ofMinutes(1),
        options,
        new Environment(
            "6.18.44 #1",
            "Model",
            2,
            "none",
            Map.of("mds", "Not affected"),
            "cubic",
            "17",
            Map.of("ab", "2.3"),
            Settings.DEFAULT,
            0.1,
            0.2),
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
}
