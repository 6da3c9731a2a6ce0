package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podwire.testbed.Place;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/**
 * What it takes to look at a node with many flows; docs/operations.md has what was measured. The
 * bounds only catch what got much worse, since others work on the machine.
 */
final class ManyFlowsIT extends RunningAgent {

  /** What docs/operations.md says was measured with 50,000. */
  private static final int FLOWS = Integer.getInteger("podwire.many.flows", 2000);

  /** The bench's, which holds more than a process of the tests' traffic does. */
  private static final String PROGRAM =
      Path.of("../bench/target/classes/io/podwire/bench/flows").toAbsolutePath().toString();

  private static final int ROUNDS = 3;

  private static final String BETWEEN_THE_PODS =
      "podwire_workload_redirected_messages_total{client_namespace=\"default\","
          + "client_workload=\"pod/client\",server_namespace=\"default\","
          + "server_workload=\"pod/server\"}";

  /** With more, metrics by workload are suspended. */
  private static final int MOST_LOOKED_AT = 4096;

  @Test
  void toCountManyFlowsTakesLittleMoreThanToCountNone() throws Exception {
    AgentProcess agent = start();
    createPods();
    double without = median(() -> accelctl("status"));
    double scrapeWithout = scrape(agent);

    List<InetAddress> addresses = server.addresses();
    for (InetAddress address : addresses) {
      flows(address, FLOWS / addresses.size());
    }
    await().until(() -> datapath.status().flows() == FLOWS);

    String looks = awaitWorkloads(agent);
    assertThat(accelctl("status").out()).contains("flows                     " + FLOWS + "\n");
    double status = median(() -> accelctl("status"));
    double scrape = scrape(agent);
    assertThat(agent.get("/metrics"))
        .contains("podwire_flows " + (double) FLOWS)
        .contains("podwire_map_entries{map=\"flows\"} " + 2.0 * FLOWS);
    sample(
        "many-flows",
        String.format(
            Locale.ROOT,
            "%d flows: status %.2f s (without any %.2f), flows %.2f s, top %.2f s, a scrape %.3f s"
                + " (without any %.3f); resident %.1f MB; %s%n",
            FLOWS,
            status,
            without,
            once(() -> accelctl("flows")),
            once(() -> accelctl("top")),
            scrape,
            scrapeWithout,
            agent.residentBytes() / 1e6,
            looks));
    assertThat(status).isLessThan(2 * without);
    assertThat(scrape).isLessThan(2 * scrapeWithout + 1);
  }

  /** Waits for a look that came after all that was redirected; returns what looks cost so far. */
  private static String awaitWorkloads(AgentProcess agent) {
    boolean suspended = FLOWS > MOST_LOOKED_AT;
    await()
        .atMost(Duration.ofMinutes(5))
        .untilAsserted(
            () -> {
              String metrics = agent.get("/metrics");
              assertThat(metrics)
                  .contains("podwire_workload_metrics_suspended " + (suspended ? 1.0 : 0.0));
              assertThat(sum(metrics, "podwire_workload_redirected_messages_total"))
                  .isEqualTo(sum(metrics, "podwire_redirected_messages_total"))
                  .isPositive();
              assertThat(sum(metrics, "podwire_workload_redirected_bytes_total"))
                  .isEqualTo(sum(metrics, "podwire_redirected_bytes_total"));
              if (!suspended) {
                assertThat(sum(metrics, BETWEEN_THE_PODS))
                    .isEqualTo(sum(metrics, "podwire_redirected_messages_total"));
              }
            });
    return String.format(
        Locale.ROOT,
        "looks for workloads: suspended %s, %.3f s of CPU in all, the last %.0f s ago",
        suspended,
        agent.cpuSeconds("workloads"),
        sum(agent.get("/metrics"), "podwire_workload_look_age_seconds"));
  }

  /** The values of all series whose lines begin so, added up. */
  private static double sum(String metrics, String series) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(series))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private void flows(InetAddress address, int connections) throws IOException {
    String endpoint =
        (address instanceof Inet6Address ? "[%s]:%d" : "%s:%d")
            .formatted(address.getHostAddress(), PORT);
    for (Place place : List.of(server, client)) {
      String verb = place == server ? "echo" : "hold";
      Process process =
          place
              .command(PROGRAM, verb, endpoint, Integer.toString(connections))
              .redirectErrorStream(true)
              .start();
      opened.add(process::destroyForcibly);
      assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).isIn("ready", "open");
    }
  }

  /** An answer that is not a second old is given again: the slowest is of a scrape. */
  private static double scrape(AgentProcess agent) throws Exception {
    return seconds(() -> agent.get("/metrics"))[ROUNDS - 1];
  }

  private static double median(Callable<?> look) throws Exception {
    return seconds(look)[ROUNDS / 2];
  }

  /** How long some looks take, sorted. */
  private static double[] seconds(Callable<?> look) throws Exception {
    double[] seconds = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      seconds[round] = once(look);
    }
    Arrays.sort(seconds);
    return seconds;
  }

  private static double once(Callable<?> look) throws Exception {
    long begin = System.nanoTime();
    look.call();
    return (System.nanoTime() - begin) / 1e9;
  }
}
