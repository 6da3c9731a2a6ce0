package io.podwire.applications;

import io.podwire.applications.Comparison.Redirected;
import io.podwire.bench.testbed.Place;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testing.KernelTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** nginx as a server and as a proxy, and curl as its client. */
@KernelTest
class NginxTest {

  private static final Program CURL = new Program("curl", "curl");
  private static final Program H2LOAD = new Program("h2load", "nghttp2-client");
  private static final int PORT = 8080;
  private static final long LARGE = 100_000_000;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @ParameterizedTest
  // curl 7.88 fails when it asks again on a connection of HTTP/2 without TLS
  @CsvSource({"--http1.1,'',10", "--http2-prior-knowledge,http2,1"})
  void everyRequestIsAnsweredInFull(String protocol, String listenOption, int requests) {
    Comparison.compare(
        NODE,
        new Redirected(1, 2, 4096),
        run -> {
          String http = "server { listen %s %s; }".formatted(address(run.server()), listenOption);
          Path files = Nginx.serve(run, run.server(), PORT, http);
          Files.move(run.file("body", 10_000_000), files.resolve("body"));
          Path received = run.directory("received");

          List<String> line = curl(protocol, "-o", received + "/#1");
          line.add("http://" + address(run.server()) + "/body?[1-" + requests + "]");
          List<String> outcome = new ArrayList<>(run.run(run.client(), line).lines().toList());

          for (int i = 1; i <= requests; i++) {
            outcome.add(Run.sha256(received.resolve(Integer.toString(i))));
          }
          return outcome;
        });
  }

  @Test
  void manyStreamsOfAConnectionAreAnsweredAtATime() {
    Comparison.compare(
        NODE,
        new Redirected(4, 1000, 100_000),
        run -> {
          String http = "server { listen %s http2; }".formatted(address(run.server()));
          Path files = Nginx.serve(run, run.server(), PORT, http);
          Files.move(run.file("body", 20_000), files.resolve("body"));
          String url = "http://" + address(run.server()) + "/body";

          String report =
              run.run(run.client(), H2LOAD.path(), "-n", "4000", "-c", "4", "-m", "100", url);

          return report.lines().filter(line -> line.matches("(requests|status codes):.*")).toList();
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"on", "off"})
  void largeBodiesPassAProxyBothWaysOverConnectionsThatStayOpen(String buffering) {
    Comparison.compare(
        NODE,
        new Redirected(4, 6, 4096),
        run -> {
          Path files = Nginx.serve(run, run.server(), PORT, origin(run));
          Nginx.serve(run, run.proxy(), PORT, proxy(run, buffering));
          Files.move(run.file("body", LARGE), files.resolve("body"));
          Path received = run.directory("received");
          String url = "http://" + address(run.proxy());

          List<String> download = curl("-o", received + "/#1", url + "/body?[1-2]");
          List<String> upload = curl("-T", received + "/{1,2}", url + "/uploaded/");
          String downloads = run.run(run.client(), download);
          String uploads = run.run(run.client(), upload);

          Path uploaded = files.resolve("uploaded");
          return List.of(
              downloads,
              uploads,
              Run.sha256(received.resolve("1")),
              Run.sha256(received.resolve("2")),
              Run.sha256(uploaded.resolve("1")),
              Run.sha256(uploaded.resolve("2")));
        });
  }

  private static List<String> curl(String... arguments) {
    List<String> line = new ArrayList<>(List.of(CURL.path(), "-sS", "--fail"));
    line.addAll(List.of("-w", "%{http_code} %{http_version} %{num_connects} %{size_download}\\n"));
    line.addAll(List.of(arguments));
    return line;
  }

  private static String origin(Run run) {
    return """
        server {
          listen %s;
          location /uploaded {
            dav_methods PUT;
            create_full_put_path on;
          }
        }
        """
        .formatted(address(run.server()));
  }

  private static String proxy(Run run, String buffering) {
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
        .formatted(address(run.server()), address(run.proxy()), buffering, buffering);
  }

  private static String address(Place place) {
    return place.ipv4().getHostAddress() + ":" + PORT;
  }
}
