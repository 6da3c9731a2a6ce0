package io.podwire.applications;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testbed.Unprivileged;
import io.podwire.testing.KernelTest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class NatsTest {

  private static final InstalledProgram SERVER = new InstalledProgram("nats-server", "nats-server");
  private static final int PORT = 4222;

  /**
   * A publisher and a subscriber: requests and answers, then a stream of messages, then large ones.
   */
  private static final String CLIENT =
      """
      import hashlib, socket, sys, threading

      class Connection:
          def __init__(self):
              self.socket = socket.create_connection((sys.argv[1], int(sys.argv[2])))
              self.lines = self.socket.makefile('rb')
              assert self.lines.readline().startswith(b'INFO ')
              self.send(b'CONNECT {"verbose":false}\\r\\n')
              self.flush()

          def send(self, text):
              self.socket.sendall(text)

          def flush(self):
              self.send(b'PING\\r\\n')
              assert self.lines.readline() == b'PONG\\r\\n'

          def publish(self, subject, data):
              self.send(b'PUB %s %d\\r\\n%s\\r\\n' % (subject, len(data), data))

          def message(self):
              line = self.lines.readline()
              assert line.startswith(b'MSG '), line
              return self.lines.read(int(line.split()[-1]) + 2)[:-2]

      def data(i, size):
          return (b'%d ' % i * size)[:size]

      def answer():
          for _ in range(1000):
              request = server.message()
              server.publish(b'answers', request[::-1])
          for _ in range(20_000 + 20):
              digest.update(server.message())

      digest = hashlib.sha256()
      server = Connection()
      server.send(b'SUB requests 1\\r\\nSUB stream 2\\r\\n')
      server.flush()
      client = Connection()
      client.send(b'SUB answers 1\\r\\n')
      client.flush()
      answering = threading.Thread(target=answer)
      answering.start()
      for i in range(1000):
          client.publish(b'requests', data(i, i))
          digest.update(client.message())
      for i in range(20_000):
          client.publish(b'stream', data(i, 500))
      for i in range(20):
          client.publish(b'stream', data(i, 900_000))
      answering.join()
      print(digest.hexdigest())
      """;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void everyMessageReachesTheSubscriberInOrder() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(2, 4 * 1000, 1000),
        run -> {
          String address = run.server().ipv4().getHostAddress();
          List<String> server = Unprivileged.command(SERVER.path(), "-a", address, "-p", "" + PORT);
          run.serve(run.server(), PORT, server);
          return run.run(run.client(), Run.python(CLIENT, address, "" + PORT));
        });
  }
}
