package io.podwire.applications;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.Counter;
import io.podwire.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class NettyTest {

  private static final int PORT = 7000;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void anEchoByIoUringKeepsToTcpAndMissesNoByte() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(0, 0, 0),
        run -> {
          String address = run.server().ipv4().getHostAddress();
          run.serve(run.server(), PORT, run.java(NettyEcho.class, "serve", address, "" + PORT));
          return run.run(run.client(), run.java(NettyEcho.class, "client", address, "" + PORT));
        });

    assertThat(NODE.count(Counter.REDIRECTED)).isZero();
    assertThat(NODE.datapath().status().containers()).containsValue(Counter.RETIRED_IO_URING);
  }
}
