package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Counter;
import io.podwire.datapath.InMemoryDatapath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AgentMetricsTest {

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private final AgentMetrics metrics =
      new AgentMetrics(
          datapath,
          new FakeCluster(),
          AgentState::starting,
          new PassCount(),
          new Heartbeat(datapath, Duration.ofSeconds(30)));

  @AfterEach
  void close() {
    metrics.close();
  }

  @Test
  void theTableInTheDocumentationHasTheMetricsThatThereAre() throws IOException {
    assertThat(
            names(Files.readString(Path.of("../docs/operations.md")), "(?m)^\\| `(podwire_\\w+)"))
        .isEqualTo(names(metrics.scrape(), "(?m)^# TYPE (podwire_\\w+)"));
  }

  @Test
  void everyCounterOfTheDatapathIsMeasuredAsItIsAtTheScrape() {
    datapath.enable();
    for (Counter counter : Counter.values()) {
      datapath.count(counter, 1000 + counter.ordinal());
    }

    String scrape = metrics.scrape();

    for (Counter counter : Counter.values()) {
      assertThat(scrape).as("%s", counter).contains(" " + (1000.0 + counter.ordinal()) + "\n");
    }
    assertThat(scrape).contains("podwire_api_watch_up{resource=\"pods\"} 1.0", "jvm_memory_used");
  }

  private static Set<String> names(String text, String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map((MatchResult match) -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
