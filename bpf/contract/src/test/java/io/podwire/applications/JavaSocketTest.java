package io.podwire.applications;

import static org.assertj.core.api.Assumptions.assumeThat;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testing.EveryKernel;
import io.podwire.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class JavaSocketTest {

  private static final int PORT = 7000;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @EveryKernel
  @Test
  void aServerThatReadsWhatIsAvailableSeesEveryByte() {
    assumeThat(NODE.countsRedirected()).as("known limit fionread of this kernel").isTrue();
    ApplicationComparison.compare(
        NODE,
        new Redirected(2, 2 * 1000, 2 * 1000 * 1000),
        run -> {
          String address = run.server().ipv4().getHostAddress();
          run.serve(run.server(), PORT, run.java(AvailableEcho.class, "serve", address, "" + PORT));
          return run.run(run.client(), run.java(AvailableEcho.class, "call", address, "" + PORT));
        });
  }
}
