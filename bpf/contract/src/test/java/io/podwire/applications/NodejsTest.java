package io.podwire.applications;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class NodejsTest {

  private static final InstalledProgram NODE_JS = new InstalledProgram("node", "nodejs");
  private static final int PORT = 7000;

  private static final String SERVER =
      """
      const [address, port] = process.argv.slice(2);
      require('http').createServer(async (request, response) => {
        const parts = [];
        for await (const part of request) parts.push(part);
        response.end(Buffer.concat(parts).reverse());
      }).listen(port, address);
      """;

  /** Four connections that are kept, each with one request after the other. */
  private static final String CLIENT =
      """
      const http = require('http');
      const [host, port] = process.argv.slice(2);
      const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

      function post(body) {
        return new Promise((resolve, reject) => {
          const request = http.request({ host, port, agent, method: 'POST' }, async response => {
            const parts = [];
            for await (const part of response) parts.push(part);
            resolve(Buffer.concat(parts).reverse().equals(body));
          });
          request.on('error', reject).end(body);
        });
      }

      async function converse(worker) {
        let right = 0;
        for (let i = 0; i < 100; i++) {
          const size = [1, 1000, 100_000, 1_000_000][(i + worker) % 4];
          right += await post(Buffer.alloc(size, '31 bytes, which divide no power'));
          await new Promise(resolve => setTimeout(resolve, 10));
        }
        return right;
      }

      Promise.all([0, 1, 2, 3].map(converse)).then(right => {
        console.log(right.join(' '));
        process.exitCode = right.every(count => count === 100) ? 0 : 1;
        agent.destroy();
      });
      """;

  /** Passes on what it reads only as fast as its reader takes it, and makes each part wait. */
  private static final String SLOW_SERVER =
      """
      const { pipeline, Transform } = require('stream');
      const [address, port] = process.argv.slice(2);
      require('net').createServer({ allowHalfOpen: true }, socket => {
        let parts = 0;
        const invert = new Transform({
          transform(part, encoding, done) {
            const pass = () => done(null, part.map(byte => ~byte));
            parts++ % 50 ? pass() : setTimeout(pass, 20);
          },
        });
        pipeline(socket, invert, socket, error => error && console.error(error));
      }).listen(port, address);
      """;

  private static final String STREAMING_CLIENT =
      """
      const { createHash } = require('crypto');
      const { Readable } = require('stream');
      const [host, port] = process.argv.slice(2);

      function* sent() {
        for (let i = 0; i < 3000; i++) {
          yield Buffer.alloc(1 + (i * 7919) % 20_000, 'part ' + i);
        }
      }

      async function converse() {
        const socket = require('net').connect({ host, port, allowHalfOpen: true });
        Readable.from(sent(), { objectMode: false }).pipe(socket);
        const hash = createHash('sha256');
        let bytes = 0;
        for await (const part of socket) {
          hash.update(part);
          bytes += part.length;
        }
        return bytes + ' ' + hash.digest('hex');
      }

      Promise.all([converse(), converse()]).then(said => console.log(said.join('\\n')));
      """;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void bodiesOnConnectionsThatAreKeptArriveAsTheyWereSent() {
    compare(new Redirected(4, 4, 4), SERVER, CLIENT);
  }

  @Test
  void streamsWithBackPressureArriveAsTheyWereSent() {
    compare(new Redirected(2, 4, 4), SLOW_SERVER, STREAMING_CLIENT);
  }

  private static void compare(Redirected least, String serverScript, String clientScript) {
    ApplicationComparison.compare(
        NODE,
        least,
        run -> {
          String address = run.server().ipv4().getHostAddress();
          Path server = run.file("server.js", serverScript);
          Path client = run.file("client.js", clientScript);
          run.serve(run.server(), PORT, NODE_JS.path(), server.toString(), address, "" + PORT);
          return run.run(run.client(), NODE_JS.path(), client.toString(), address, "" + PORT);
        });
  }
}
