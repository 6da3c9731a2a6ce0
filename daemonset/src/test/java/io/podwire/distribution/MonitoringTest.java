package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The dashboard and the alert rules against the documented metrics. */
final class MonitoringTest {

  private static final Path DIRECTORY = Path.of("chart/monitoring");

  @TempDir private Path directory;

  @Test
  void theDashboardShowsNothingButDocumentedMetrics() throws Exception {
    List<String> expressions = new ArrayList<>();
    for (JsonNode panel : dashboard().get("panels")) {
      panel.get("targets").forEach(target -> expressions.add(target.get("expr").asString()));
    }

    assertThat(expressions).hasSizeGreaterThan(20);
    assertThat(documented()).containsAll(metrics(String.join(" ", expressions)));
  }

  @Test
  void panelsOfTheDashboardDoNotOverlap() throws Exception {
    Set<String> cells = new TreeSet<>();
    for (JsonNode panel : dashboard().get("panels")) {
      JsonNode at = panel.get("gridPos");
      for (int x = 0; x < at.get("w").asInt(); x++) {
        for (int y = 0; y < at.get("h").asInt(); y++) {
          assertThat(cells.add((at.get("x").asInt() + x) + "," + (at.get("y").asInt() + y)))
              .as(panel.get("title").asString())
              .isTrue();
        }
      }
    }
  }

  @Test
  void everyAlertAsksForDocumentedMetricsAndIsInTheInstallationGuide() throws Exception {
    String guide = Files.readString(Path.of("../docs/install.md"));
    for (JsonNode rule : rules().at("/groups/0/rules")) {
      assertThat(documented()).containsAll(metrics(rule.get("expr").asString()));
      assertThat(guide).contains(rule.get("alert").asString());
    }
  }

  @Test
  void prometheusTakesTheRules() throws Exception {
    boolean there = Completed.of(List.of("sh", "-c", "command -v promtool")).exit() == 0;
    if (!there) {
      System.out.println("skipped: alert rules: there is no promtool (apt-get install prometheus)");
    }
    assumeTrue(there, "promtool");
    Path file = directory.resolve("rules.yaml");
    Files.writeString(file, rules().toString()); // JSON is YAML

    Completed check = Completed.of(List.of("promtool", "check", "rules", file.toString()));

    assertThat(check.exit()).as(check.out() + check.err()).isZero();
    assertThat(check.out()).contains("SUCCESS: 7 rules found");
  }

  private static JsonNode dashboard() throws IOException {
    return new ObjectMapper().readTree(DIRECTORY.resolve("dashboard.json").toFile());
  }

  private static JsonNode rules() throws IOException {
    return Serialization.unmarshal(
            Files.readString(DIRECTORY.resolve("rules.yaml")), JsonNode.class)
        .get("spec");
  }

  private static Set<String> documented() throws IOException {
    return metrics(Files.readString(Path.of("../docs/operations.md")));
  }

  private static Set<String> metrics(String text) {
    return Pattern.compile("\\bpodwire_[a-z_]+")
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toSet());
  }
}
