package io.podwire.applications;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testbed.Unprivileged;
import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class EtcdTest {

  private static final InstalledProgram SERVER = new InstalledProgram("etcd", "etcd-server");
  private static final InstalledProgram CTL = new InstalledProgram("etcdctl", "etcd-client");
  private static final Pattern SLOWEST = Pattern.compile("Slowest request took.* ([0-9.]+)s");
  private static final int PORT = 2379;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  /**
   * {@code check perf} writes for a minute from 50 clients, 150 times a second. Its exit code says
   * too whether a write took half a second, which is the disk's doing, so it is not compared.
   */
  @Test
  void theCheckOfPerformanceSeesTheSameThroughputAndNoStall() {
    List<Double> slowest = new ArrayList<>();
    ApplicationComparison.compare(
        NODE,
        new Redirected(50, 2 * 60 * 150, 4096),
        run -> {
          serve(run);
          String report = ctl(run, "check perf || true");
          slowest.add(slowest(report));
          String large = run.file("large", 1_000_000).toString();
          ctl(run, "put large <" + large);
          Path back = run.file("back");
          ctl(run, "get --print-value-only large >" + back);
          return List.of(report.contains("PASS: Throughput"), Run.sha256(back));
        });
    assertThat(slowest.get(1)).as("seconds, accelerated").isLessThan(slowest.get(0) + 1);
  }

  private static void serve(Run run) throws Exception {
    String client = "http://" + address(run) + ":" + PORT;
    String peer = "http://" + address(run) + ":2380";
    List<String> line = Unprivileged.command(SERVER.path());
    line.addAll(List.of("--data-dir", run.directory("etcd").toString()));
    line.addAll(List.of("--listen-client-urls", client, "--advertise-client-urls", client));
    line.addAll(List.of("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer));
    line.addAll(List.of("--initial-cluster", "default=" + peer));
    run.serve(run.server(), PORT, line);
    ctl(run, "endpoint health");
  }

  private static String ctl(Run run, String command) {
    String endpoint = " --endpoints=" + address(run) + ":" + PORT + " ";
    return run.run(run.client(), "sh", "-c", "ETCDCTL_API=3 " + CTL.path() + endpoint + command);
  }

  private static String address(Run run) {
    return run.server().ipv4().getHostAddress();
  }

  private static double slowest(String report) {
    List<MatchResult> found = SLOWEST.matcher(report).results().toList();
    assertThat(found).as(report).hasSize(1);
    return Double.parseDouble(found.get(0).group(1));
  }
}
