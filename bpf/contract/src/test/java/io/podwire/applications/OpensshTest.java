package io.podwire.applications;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class OpensshTest {

  private static final InstalledProgram SSHD = new InstalledProgram("sshd", "openssh-server");
  private static final InstalledProgram SSH_KEYGEN =
      new InstalledProgram("ssh-keygen", "openssh-client");
  private static final InstalledProgram SCP = new InstalledProgram("scp", "openssh-client");
  private static final int PORT = 2222;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void aFileIsCopiedToAServerAndBackUnchanged() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(2, 100, 100_000),
        run -> {
          Path key = run.file("key");
          run.run(run.client(), SSH_KEYGEN.path(), "-q", "-t", "ed25519", "-N", "", "-f", "" + key);
          run.serve(run.server(), PORT, sshd(run, key));

          Path body = run.file("body", 100_000_000);
          Path copy = run.file("copy");
          Path back = run.file("back");
          String remote = "root@" + run.server().ipv4().getHostAddress() + ":";
          run.run(run.client(), scp(key, body.toString(), remote + copy));
          run.run(run.client(), scp(key, remote + copy, back.toString()));
          return List.of(Run.sha256(copy), Run.sha256(back), Files.size(back));
        });
  }

  /** An sshd that uses neither the machine's keys nor its /run, and lets root log in. */
  private static List<String> sshd(Run run, Path key) throws IOException {
    String conf =
        """
        ListenAddress %s:%d
        HostKey %s
        AuthorizedKeysFile %s.pub
        StrictModes no
        UsePAM no
        Subsystem sftp internal-sftp
        """
            .formatted(run.server().ipv4().getHostAddress(), PORT, key, key);
    String script =
        """
        mount -t tmpfs tmpfs /run && mkdir /run/sshd && mount --bind "$0" /etc/shadow && exec "$@"
        """;
    List<String> line = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", script));
    line.add(run.file("shadow", "root:*:20000::::::\n").toString());
    line.addAll(List.of(SSHD.path(), "-D", "-e", "-f"));
    line.add(run.file("sshd_config", conf).toString());
    return line;
  }

  private static List<String> scp(Path key, String from, String to) {
    List<String> line = new ArrayList<>(List.of(SCP.path(), "-s", "-F", "none", "-B"));
    line.addAll(List.of("-P", Integer.toString(PORT), "-i", key.toString()));
    line.addAll(List.of("-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no"));
    line.addAll(List.of("-o", "UserKnownHostsFile=/dev/null", from, to));
    return line;
  }
}
