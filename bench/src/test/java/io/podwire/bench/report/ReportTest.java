package io.podwire.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.podwire.bench.model.BenchReport;
import io.podwire.bench.report.chart.SummaryPicture;
import io.podwire.bench.report.html.ReportHtml;
import io.podwire.bench.report.json.Json;
import io.podwire.bench.report.json.ReportDocument;
import io.podwire.bench.report.text.ReportText;
import io.podwire.bench.report.text.Summary;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xml.sax.InputSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

final class ReportTest {

  private static final Pattern SVG = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL);
  private static final Set<String> MAPS = Set.of("counters", "mitigations", "tools");

  private final BenchReport quick = ReportFixture.quick();
  private final BenchReport standard = ReportFixture.standard();
  private final BenchReport nullTest = ReportFixture.nullTest();

  static List<BenchReport> all() {
    return List.of(ReportFixture.quick(), ReportFixture.standard(), ReportFixture.nullTest());
  }

  @Test
  void textShowsOffOnTheirRatioAndTheYardsticks() {
    assertThat(ReportText.of(quick))
        .contains("14 bytes, both ends on CPU 1")
        .containsPattern("sockperf off +5\\.00")
        .containsPattern("sockperf on +2\\.50")
        .containsPattern("sockperf off/on +2\\.00  \\[2\\.00, 2\\.00]")
        .containsPattern("pingpong UNIX socket +3\\.50")
        .containsPattern("pingpong UNIX socket/on +1\\.40")
        .containsPattern("pingpong TCP loopback +4\\.50")
        .containsPattern("pingpong pipe +1\\.40");
  }

  @Test
  void everyFormOfTheReportNamesTheShareOfTheRemovableAndSaysWhatThatIs() throws Exception {
    String formula = "(off - on) / (off - pipe)";

    assertThat(ReportText.of(quick))
        .contains(formula)
        .containsPattern("share of the removable +0\\.69  \\[0\\.69, 0\\.69]");
    assertThat(ReportHtml.of(quick))
        .contains(formula, "Share of the removable: 0.69 [0.69, 0.69].");
    assertThat(
            new ObjectMapper()
                .readTree(Json.text(ReportDocument.of(quick)))
                .at("/latency/0/share_of_removable/ratio")
                .asDouble())
        .isEqualTo(0.694, offset(0.01));
    assertThat(Summary.of(quick))
        .contains(
            "Of what such a message takes longer than through a pipe (pingpong, 14 bytes, both ends on CPU 1),"
                + " acceleration removes the share 0.69 [0.69, 0.69].");
  }

  @Test
  void textShowsRequestRatesAsShareOfPlain() {
    assertThat(ReportText.of(quick))
        .containsPattern("plain, nothing attached +10000")
        .containsPattern("attached, nothing selected +9900  0\\.990")
        .containsPattern("accelerated +9700  0\\.970");
  }

  @Test
  void textShowsEveryLinkWithEveryWorkloadOrWhyNot() {
    assertThat(ReportText.of(standard))
        .contains("macvlan, same subnet; pod IP, IPv4")
        .containsPattern("latency, 14 bytes +\\d\\.\\d\\d +\\d\\.\\d\\d  µs +2\\.\\d\\d \\[")
        .contains("veth, routed, iptables; Service, masqueraded, IPv4")
        .containsPattern("redis GET, 1,000 bytes +redis-server is missing");
  }

  @Test
  void textShowsCosts() {
    assertThat(ReportText.of(standard))
        .containsPattern("off +20,000 connections/s")
        .containsPattern("enabled, 10,000 addresses selected +19,000 connections/s +0\\.950 \\[")
        .containsPattern("memory of a flow, at 10,000 flows +2,048 bytes");
  }

  @ParameterizedTest
  @MethodSource("all")
  void textFitsATerminalOfAHundredColumns(BenchReport report) {
    assertThat(ReportText.of(report).lines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
  }

  @Test
  void summarySaysWhereAccelerationHelpsWhereItCostsAndWhereNoDifferenceWasSeen() {
    assertThat(Summary.of(standard))
        .contains(
            "A message of 14 bytes from pod to pod (sockperf, both ends on CPU 1) takes 5.00 µs without acceleration"
                + " and 2.50 µs with: helps, 2.00 [2.00, 2.00] times as good.")
        .anyMatch(
            sentence ->
                sentence.matches(
                    "Of 130 measured cells of the table, acceleration helps in \\d+ and .*"))
        .anyMatch(
            sentence ->
                sentence.matches("latency, 14 bytes: helps on all 11 links \\(2.* to 2.*\\)\\."))
        .anyMatch(sentence -> sentence.matches("iperf3, 1 stream: .*no difference seen on .*"))
        .anyMatch(sentence -> sentence.matches("connections alone: costs on all 11 links .*"))
        .anyMatch(
            sentence ->
                sentence.matches(
                    "redis GET, 1,000 bytes: helps on all 10 links .*; not measured on 1\\."))
        .contains(
            "connections to a peer that leaves the node: enabled, 10,000 addresses selected: costs, 0.950 [0.945, 0.950]"
                + " times as good.");
  }

  @Test
  void aNullTestSaysHowManyIntervalsContainOne() {
    assertThat(Summary.of(nullTest).get(0))
        .matches("Off against off: the intervals of 1[23]\\d of 130 cells contain 1\\.00\\.");
    assertThat(nullTest.gains()).allMatch(gain -> gain.name().startsWith("null-test/"));
  }

  /** {@code fields.txt} is schema 2: a field that goes or has another name makes it schema 3. */
  @Test
  void jsonHasTheFieldsOfItsSchema() throws Exception {
    JsonNode json = new ObjectMapper().readTree(Json.text(ReportDocument.of(standard)));
    List<String> schema = Files.readAllLines(Path.of(getClass().getResource("fields.txt").toURI()));

    assertThat(fields("", "", json).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(schema);
  }

  /** Paths of all values, without places in lists; a map whose keys are data is one value. */
  private static Stream<String> fields(String path, String name, JsonNode json) {
    if (json.isObject() && !MAPS.contains(name)) {
      return json.properties().stream()
          .flatMap(field -> fields(path + "/" + field.getKey(), field.getKey(), field.getValue()));
    }
    return json.path(0).isObject()
        ? json.valueStream().flatMap(element -> fields(path, name, element))
        : Stream.of(path);
  }

  @Test
  void jsonHoldsEveryRoundWithItsCounters() throws Exception {
    JsonNode json = new ObjectMapper().readTree(Json.text(ReportDocument.of(quick)));

    JsonNode rounds = json.at("/latency/0/rounds");
    assertThat(rounds).hasSize(14);
    assertThat(rounds.at("/1/route").asString()).isEqualTo("on");
    assertThat(rounds.at("/1/one_way_us/p50").asDouble()).isEqualTo(2.501, offset(0.01));
    assertThat(rounds.at("/1/counters/redirected").asLong()).isEqualTo(2_000);
    assertThat(rounds.at("/3/cpu_us/system").asDouble()).isEqualTo(4);
    assertThat(json.at("/latency/0/ratios/0/ratio").asDouble()).isEqualTo(2, offset(0.01));
    assertThat(json.at("/schema").asInt()).isEqualTo(2);
    assertThat(json.at("/http/summaries/2/case").asString()).isEqualTo("accelerated");
    assertThat(json.at("/environment/settings/break_even_messages").asInt()).isEqualTo(8);
  }

  @Test
  void jsonHoldsEveryCellWithItsRoundsOrWhyNot() throws Exception {
    JsonNode json = new ObjectMapper().readTree(Json.text(ReportDocument.of(standard)));

    assertThat(json.at("/table/links")).hasSize(11);
    assertThat(json.at("/table/workloads/5/unit").asString()).isEqualTo("Gbit/s");
    assertThat(json.at("/table/cells")).hasSize(11 * 12);
    JsonNode cell = json.at("/table/cells/0");
    assertThat(cell.at("/link").asString()).isEqualTo("macvlan/pod-ip/ipv4");
    assertThat(cell.at("/workload").asString()).isEqualTo("latency-14");
    assertThat(cell.at("/gain/ratio").asDouble()).isEqualTo(2.1, offset(0.1));
    assertThat(cell.at("/on/cpu_us_per_work/client").asDouble()).isEqualTo(2.3);
    assertThat(cell.at("/rounds")).hasSize(12);
    assertThat(cell.at("/rounds/1/side").asString()).isEqualTo("on");
    assertThat(cell.at("/rounds/1/one_way_us/count").asInt()).isEqualTo(500);
    assertThat(cell.at("/rounds/1/cpu_us/softirq").asDouble()).isEqualTo(400);
    assertThat(cell.at("/rounds/1/counters/redirected").asInt()).isEqualTo(2_000);
    assertThat(json.at("/table/cells").findValuesAsString("obstacle"))
        .containsExactly("redis-server is missing", "redis-server is missing");
  }

  @Test
  void jsonHoldsCostsAndEveryGain() throws Exception {
    JsonNode json = new ObjectMapper().readTree(Json.text(ReportDocument.of(standard)));

    assertThat(json.at("/costs/comparisons/1/treatments")).hasSize(6);
    assertThat(json.at("/costs/comparisons/1/gain/ratio").asDouble()).isEqualTo(0.95, offset(0.01));
    assertThat(json.at("/costs/figures/0/value").asDouble()).isEqualTo(2_048);
    assertThat(json.at("/gains").findValuesAsString("name"))
        .hasSize(2 + 2 + 130 + 2)
        .doesNotHaveDuplicates()
        .contains(
            "latency/same/14/sockperf",
            "http/accelerated",
            "table/macvlan/service/ipv4/latency-14",
            "cost/off-node-connections");
  }

  @ParameterizedTest
  @MethodSource("all")
  void htmlNeedsNothingButItself(BenchReport report) {
    assertThat(ReportHtml.of(report))
        .doesNotContainPattern("@[A-Z]+@|https?:|src=|url\\(|<script|<link");
  }

  @Test
  void htmlShowsTheirFiguresBesideOursAndWhyACellIsEmpty() {
    assertThat(ReportHtml.of(standard))
        .contains("theirs: another machine", "17.335", "7.643", "2.27")
        .contains("redis-server is missing")
        .contains("Model of a &lt;CPU&gt; &amp; more");
  }

  @ParameterizedTest
  @MethodSource("all")
  void chartsAreWellFormed(BenchReport report) throws Exception {
    Matcher svg = SVG.matcher(ReportHtml.of(report));
    int charts = 0;
    while (svg.find()) {
      assertWellFormed(svg.group());
      charts++;
    }

    assertThat(charts).isGreaterThanOrEqualTo(5);
    assertWellFormed(SummaryPicture.file(report));
  }

  private static void assertWellFormed(String svg) throws Exception {
    assertThat(svg).doesNotContain("NaN", "Infinity");
    DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }
}
