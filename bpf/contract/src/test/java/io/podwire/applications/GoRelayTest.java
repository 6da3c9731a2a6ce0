package io.podwire.applications;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Guard;
import io.podwire.testbed.Scratch;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A Go program that relays with io.Copy, which splices, between curl and nginx. */
@KernelTest
class GoRelayTest {

  private static final int PORT = 8080;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  /** Its pod is left out, unless this kernel has the guard that refuses splice(2). */
  @EveryKernel
  @Test
  void largeBodiesPassBothWaysAlthoughItSplices() {
    boolean guarded = NODE.hasGuard(Guard.SPLICE);
    try (Scratch scratch = Scratch.create()) {
      Path relay = scratch.program("/io/podwire/applications/relay");
      ApplicationComparison.compare(
          NODE,
          new Redirected(1, 2, 4096),
          run -> {
            Path files = ApplicationNginx.serveFiles(run, run.server(), PORT);
            String proxy = run.proxy().ipv4().getHostAddress() + ":" + PORT;
            String direct = run.server().ipv4().getHostAddress() + ":" + PORT;
            run.serve(run.proxy(), PORT, relay.toString(), proxy, direct);
            List<String> outcome = Curl.exchangeLargeBodies(run, "http://" + proxy, files);
            outcome.add(Curl.run(run, "-o", "/dev/null", direct + "/body"));
            return outcome;
          },
          ApplicationComparison.whereSplicesAreSafe(NODE));
      if (guarded) {
        assertThat(NODE.count(Counter.REFUSED_SPLICE)).as("refused splices").isPositive();
      }
    }
  }
}
