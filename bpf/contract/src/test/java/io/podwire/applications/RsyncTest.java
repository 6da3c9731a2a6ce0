package io.podwire.applications;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testbed.Unprivileged;
import io.podwire.testing.KernelTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class RsyncTest {

  private static final InstalledProgram RSYNC = new InstalledProgram("rsync", "rsync");
  private static final int PORT = 8730;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void filesArePushedToADaemonAndPulledFromItUnchanged() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(2, 50, 100_000),
        run -> {
          Path pushed = run.directory("pushed");
          for (int i = 0; i < 100; i++) {
            Files.move(run.file("small", 1000L * i), pushed.resolve("small-" + i));
          }
          Files.move(run.file("large", 100_000_000), pushed.resolve("large"));
          Path pulled = run.directory("pulled");
          String address = run.server().ipv4().getHostAddress();
          String conf =
              "use chroot = no\nreverse lookup = no\n[files]\nread only = no\npath = "
                  + run.directory("kept");
          List<String> daemon = Unprivileged.command(RSYNC.path(), "--daemon", "--no-detach");
          daemon.addAll(List.of("--address=" + address, "--port=" + PORT));
          daemon.add("--config=" + run.file("rsyncd.conf", conf));
          run.serve(run.server(), PORT, daemon);

          String kept = "rsync://" + address + ":" + PORT + "/files/";
          run.run(run.client(), RSYNC.path(), "-rt", pushed + "/", kept);
          run.run(run.client(), RSYNC.path(), "-rt", kept, pulled + "/");

          List<String> sums = new ArrayList<>();
          for (int i = 0; i < 100; i++) {
            sums.add(Run.sha256(pulled.resolve("small-" + i)));
          }
          sums.add(Run.sha256(pulled.resolve("large")));
          return sums;
        });
  }
}
