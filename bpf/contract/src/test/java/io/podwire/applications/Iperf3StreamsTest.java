package io.podwire.applications;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testing.KernelTest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

@KernelTest
class Iperf3StreamsTest {

  private static final InstalledProgram IPERF3 = new InstalledProgram("iperf3", "iperf3");
  private static final int PORT = 5201;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @ParameterizedTest
  @CsvSource({
    "1,--parallel", "8,--parallel", "64,--parallel",
    "1,--reverse", "8,--reverse", "64,--reverse",
    "1,--bidir", "8,--bidir", "64,--bidir"
  })
  void everyStreamTransfers(int streams, String direction) {
    ApplicationComparison.compare(
        NODE,
        new Redirected(1 + streams, 1 + streams, 4096),
        run -> {
          String address = run.server().ipv4().getHostAddress();
          run.serve(run.server(), PORT, IPERF3.path(), "-s", "-B", address, "-p", "" + PORT);

          List<String> line = new ArrayList<>(List.of(IPERF3.path(), "-c", address, "-J"));
          line.addAll(List.of("-p", "" + PORT, "-t", "1", "-P", "" + streams));
          if (!direction.equals("--parallel")) {
            line.add(direction);
          }
          JsonNode report = new ObjectMapper().readTree(run.run(run.client(), line));

          assertThat(report.path("error").asString()).as("error").isEmpty();
          List<String> outcome = new ArrayList<>();
          for (var sum : report.path("end").properties()) {
            if (sum.getKey().startsWith("sum")) {
              assertThat(sum.getValue().path("bytes").asLong()).as(sum.getKey()).isPositive();
              outcome.add(sum.getKey());
            }
          }
          return outcome;
        });
  }
}
