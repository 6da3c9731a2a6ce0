package io.podwire.applications;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.applications.NettyEcho.Transport;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.datapath.Counter;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class NettyTest {

  private static final int PORT = 7000;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void anEchoByEdgeTriggeredEpollMissesNoByte() {
    ApplicationComparison.compare(
        NODE, new Redirected(2, 2 * 1000, 2 * 1000 * 1464), run -> echo(run, Transport.EPOLL));
  }

  @Test
  void anEchoByIoUringKeepsToTcpAndMissesNoByte() {
    ApplicationComparison.compare(
        NODE, new Redirected(0, 0, 0), run -> echo(run, Transport.IO_URING));

    assertThat(NODE.count(Counter.REDIRECTED)).isZero();
    assertThat(NODE.datapath().status().containers()).containsValue(Counter.RETIRED_IO_URING);
  }

  private static String echo(Run run, Transport transport) throws IOException {
    String address = run.server().ipv4().getHostAddress();
    List<String> where = List.of(address, "" + PORT, transport.name());
    List<String> serve = run.java(NettyEcho.class, "serve");
    serve.addAll(where);
    run.serve(run.server(), PORT, serve);
    List<String> call = run.java(NettyEcho.class, "call");
    call.addAll(where);
    return run.run(run.client(), call);
  }
}
