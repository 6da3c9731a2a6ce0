package io.podwire.applications;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testbed.Unprivileged;
import io.podwire.testing.KernelTest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class MemcachedTest {

  private static final InstalledProgram MEMCACHED = new InstalledProgram("memcached", "memcached");
  private static final int PORT = 11211;

  /** Commands in turn, commands that wait for no answer, and values of the largest size. */
  private static final String CLIENT =
      """
      import hashlib, socket, sys

      connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
      answers = connection.makefile('rb')
      digest = hashlib.sha256()

      def value(i, size):
          return (bytes((i + j) % 251 for j in range(997)) * (size // 997 + 1))[:size]

      def store(i, size, suffix=b''):
          text = (i, size, suffix, value(i, size))
          connection.sendall(b'set %d 0 0 %d%s\\r\\n%s\\r\\n' % text)

      def fetch(i):
          connection.sendall(b'get %d\\r\\n' % i)
          size = int(answers.readline().split()[3])
          digest.update(answers.read(size + 2))
          assert answers.readline() == b'END\\r\\n'

      for i in range(1000):
          store(i, 10 * i)
          assert answers.readline() == b'STORED\\r\\n'
          fetch(i)
      for i in range(1000, 6000):
          store(i, 1000, b' noreply')
      for i in range(1000, 6000):
          fetch(i)
      for i in range(6000, 6020):
          store(i, 1_000_000)
          assert answers.readline() == b'STORED\\r\\n'
          fetch(i)
      print(digest.hexdigest())
      connection.sendall(b'stats\\r\\n')
      while (line := answers.readline()) != b'END\\r\\n':
          if line.split()[1] in (b'cmd_get', b'cmd_set', b'get_hits', b'get_misses', b'evictions'):
              print(line)
      """;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void everyValueIsStoredAndFetchedUnchanged() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(1, 2 * 1000, 1000),
        run -> {
          String address = run.server().ipv4().getHostAddress();
          List<String> server = Unprivileged.command(MEMCACHED.path(), "-m", "256");
          server.addAll(List.of("-l", address, "-p", "" + PORT, "-U", "0", "-t", "2"));
          run.serve(run.server(), PORT, server);
          return run.run(run.client(), Run.python(CLIENT, address, "" + PORT));
        });
  }
}
