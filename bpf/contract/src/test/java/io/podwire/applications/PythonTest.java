package io.podwire.applications;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class PythonTest {

  private static final int PORT = 7000;

  private static final String SERVER =
      """
      import hashlib, socketserver, sys

      class AnswerAtTheEnd(socketserver.BaseRequestHandler):
          def handle(self):
              request = bytearray()
              while part := self.request.recv(65536):
                  request += part
              self.request.sendall(hashlib.sha256(request).digest() + request)

      class Server(socketserver.ThreadingTCPServer):
          allow_reuse_address = True

      Server((sys.argv[1], int(sys.argv[2])), AnswerAtTheEnd).serve_forever()
      """;

  private static final String CLIENT =
      """
      import hashlib, socket, sys

      for size in [1, 1000, 100_000, 1_000_000] * 20 + [20_000_000] * 2:
          request = bytes(i % 251 for i in range(1000)) * (size // 1000) or b'1'
          with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as connection:
              connection.sendall(request)
              connection.shutdown(socket.SHUT_WR)
              answer = bytearray()
              while part := connection.recv(65536):
                  answer += part
          print(size, answer == hashlib.sha256(request).digest() + request)
      """;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void aClientThatHalfClosesReadsTheWholeAnswer() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(82, 82, 20 * 101_001),
        run -> {
          String address = run.server().ipv4().getHostAddress();
          run.serve(run.server(), PORT, Run.python(SERVER, address, "" + PORT));
          return run.run(run.client(), Run.python(CLIENT, address, "" + PORT));
        });
  }
}
