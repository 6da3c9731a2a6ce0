package io.podwire.applications;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testbed.Place;
import io.podwire.testbed.Unprivileged;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** HAProxy between curl and nginx. */
@KernelTest
class HaproxyTest {

  private static final InstalledProgram HAPROXY = new InstalledProgram("haproxy", "haproxy");
  private static final int PORT = 8080;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void largeBodiesPassBothWays() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(3, 6, 4096),
        run -> {
          Path files = ApplicationNginx.serveFiles(run, run.server(), PORT);
          return Curl.exchangeLargeBodies(run, proxy(run, ""), files);
        });
  }

  /**
   * splice(2) does not see what was redirected to its socket: it fails with EAGAIN while epoll says
   * that there is something to read. So its pod is left out, unless this kernel has the guard that
   * refuses splice(2). How much it splices is HAProxy's to decide; 2.6 nearly nothing.
   */
  @EveryKernel
  @Test
  void largeBodiesPassBothWaysWhereItMaySplice() {
    largeBodiesPass("option splice-auto", ApplicationComparison.whereSplicesAreSafe(NODE));
  }

  /** Left out always: once its splice(2) was refused, HAProxy 2.6 hangs over plain TCP, too. */
  @Test
  void largeBodiesAreSplicedBothWaysWhenItsPodIsLeftOut() {
    largeBodiesPass(
        "option splice-request\n  option splice-response", NODE.client(), NODE.server());
  }

  private static void largeBodiesPass(String splice, Place... accelerated) {
    ApplicationComparison.compare(
        NODE,
        new Redirected(1, 2, 4096),
        run -> {
          Path files = ApplicationNginx.serveFiles(run, run.server(), PORT);
          List<String> outcome = Curl.exchangeLargeBodies(run, proxy(run, splice), files);
          String direct = run.server().ipv4().getHostAddress() + ":" + PORT;
          outcome.add(Curl.run(run, "-o", "/dev/null", direct + "/body"));
          return outcome;
        },
        accelerated);
  }

  private static String proxy(Run run, String option) throws IOException {
    String address = run.proxy().ipv4().getHostAddress() + ":" + PORT;
    String conf =
        """
        defaults
          mode http
          timeout connect 10s
          timeout client 60s
          timeout server 60s
          %s
        frontend clients
          bind %s
          default_backend origin
        backend origin
          http-reuse always
          server origin %s:%d
        """
            .formatted(option, address, run.server().ipv4().getHostAddress(), PORT);
    Path config = run.file("haproxy.cfg", conf);
    List<String> line = Unprivileged.command(HAPROXY.path(), "-db", "-f", config.toString());
    run.serve(run.proxy(), PORT, line);
    return "http://" + address;
  }
}
