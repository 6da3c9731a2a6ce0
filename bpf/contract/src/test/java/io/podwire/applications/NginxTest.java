package io.podwire.applications;

import static io.podwire.datapath.Counter.CLAIMED;
import static io.podwire.datapath.Counter.REDIRECTED;
import static io.podwire.datapath.Counter.SKIPPED_INCOMPATIBLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.RunningKernel;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** nginx as a server and as a proxy. */
@KernelTest
class NginxTest {

  private static final InstalledProgram H2LOAD = new InstalledProgram("h2load", "nghttp2-client");
  private static final int PORT = 8080;
  private static final int ORIGIN_PORT = 8081;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @ParameterizedTest
  // curl 7.88 fails when it asks again on a connection of HTTP/2 without TLS.
  @CsvSource({"--http1.1,'',10", "--http2-prior-knowledge,http2,1"})
  void everyRequestIsAnsweredInFull(String protocol, String listenOption, int requests) {
    ApplicationComparison.compare(
        NODE,
        new Redirected(1, 2, 4096),
        run -> {
          Path files = ApplicationNginx.serveFiles(run, run.server(), PORT, listenOption);
          Files.move(run.file("body", 10_000_000), files.resolve("body"));
          Path received = run.directory("received");

          String url = run.server().ipv4().getHostAddress() + ":" + PORT + "/body";
          String range = "?[1-" + requests + "]";
          List<String> outcome = new ArrayList<>();
          outcome.add(Curl.run(run, protocol, "-o", received + "/#1", url + range));
          for (int i = 1; i <= requests; i++) {
            outcome.add(Run.sha256(received.resolve(Integer.toString(i))));
          }
          return outcome;
        });
  }

  @Test
  void manyStreamsOfAConnectionAreAnsweredAtATime() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(4, 100, 100_000),
        run -> {
          Path files = ApplicationNginx.serveFiles(run, run.server(), PORT, "http2");
          Files.move(run.file("body", 20_000), files.resolve("body"));
          String url = "http://" + run.server().ipv4().getHostAddress() + ":" + PORT + "/body";

          String report =
              run.run(run.client(), H2LOAD.path(), "-n", "4000", "-c", "4", "-m", "100", url);

          return report.lines().filter(line -> line.matches("(requests|status codes):.*")).toList();
        });
  }

  @EveryKernel
  @ParameterizedTest
  @ValueSource(strings = {"on", "off"})
  void largeBodiesPassAProxyBothWaysOverConnectionsThatStayOpen(String buffering) {
    ApplicationComparison.compare(
        NODE,
        // the proxy's second connection to the server may not join: its parties are incompatible
        // where nginx had to be woken
        new Redirected(3, 6, 4096),
        run -> exchangeThroughProxy(run, buffering));

    long joined = NODE.count(CLAIMED);
    assertThat(joined + NODE.count(SKIPPED_INCOMPATIBLE)).isGreaterThanOrEqualTo(4);
    assertThat(NODE.count(REDIRECTED)).isGreaterThanOrEqualTo(2 * joined);
  }

  @EveryKernel
  @Test
  void soTheyDoWhileThoseConnectionsAreAdopted() {
    ApplicationComparison.compareAdopted(NODE, run -> exchangeThroughProxy(run, "on"));
  }

  private static Object exchangeThroughProxy(Run run, String buffering) throws Exception {
    Path files = ApplicationNginx.serveFiles(run, run.server(), PORT);
    String server = run.server().ipv4().getHostAddress() + ":" + PORT;
    String proxy = run.proxy().ipv4().getHostAddress() + ":" + PORT;
    ApplicationNginx.serve(run, run.proxy(), PORT, proxy(server, proxy, buffering));

    return Curl.exchangeLargeBodies(run, "http://" + proxy, files);
  }

  /** Two bodies each way; {@code -Dpodwire.nginx.rounds=50} makes it 100. */
  static IntStream rounds() {
    return IntStream.rangeClosed(1, Integer.getInteger("podwire.nginx.rounds", 2));
  }

  @ParameterizedTest
  @MethodSource("rounds")
  void largeBodiesPassAProxyBothWaysOverThePodsLoopback(int round) {
    assumeThat(RunningKernel.wakesReaders()).as("this kernel wakes readers").isTrue();
    ApplicationComparison.compare(
        NODE,
        // the first request; who had to be woken is incompatible from then on
        new Redirected(3, 6, 4096),
        run -> {
          String pod = run.client().ipv4().getHostAddress();
          Path files = ApplicationNginx.serveFiles(run, run.client(), ORIGIN_PORT);
          String listen = pod + ":" + PORT + "; listen 127.0.0.1:" + PORT;
          ApplicationNginx.serve(
              run, run.client(), PORT, proxy(pod + ":" + ORIGIN_PORT, listen, "on"));
          // by the pod's address first: the datapath learns its network namespace from that
          Files.createFile(files.resolve("first"));
          Curl.run(run, "http://" + pod + ":" + PORT + "/first");

          return Curl.exchangeLargeBodies(run, "http://127.0.0.1:" + PORT, files, 40_000_000);
        });
  }

  /** A server that passes everything on. */
  private static String proxy(String origin, String listen, String buffering) {
    return """
        upstream origin {
          server %s;
          keepalive 4;
        }
        server {
          listen %s;
          location / {
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering %s;
            proxy_request_buffering %s;
          }
        }
        """
        .formatted(origin, listen, buffering, buffering);
  }
}
