package io.podwire.applications;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class GrpcTest {

  private static final int PORT = 7000;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void hundredsOfCallsAndALongStreamShareAConnection() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(1, 20, 4096),
        run -> {
          String address = run.server().ipv4().getHostAddress();
          run.serve(run.server(), PORT, run.java(GrpcEcho.class, "serve", address, "" + PORT));
          return run.run(run.client(), run.java(GrpcEcho.class, "call", address, "" + PORT));
        });
  }
}
