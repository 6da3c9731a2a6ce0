package io.podwire.applications;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testing.KernelTest;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class TomcatTest {

  private static final int PORT = 8080;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void bodiesAreEchoedAndAFileIsSentOnConnectionsThatAreKept() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(1, 2 * 500, 500 * 500),
        run -> {
          Path files = run.directory("files");
          Files.move(run.file("body", 30_000_000), files.resolve("body"));
          String address = run.server().ipv4().getHostAddress();
          run.serve(run.server(), PORT, run.java(TomcatEcho.class, address, "" + PORT, "" + files));
          return run.run(run.client(), run.java(HttpCalls.class, address, "" + PORT));
        });
  }
}
