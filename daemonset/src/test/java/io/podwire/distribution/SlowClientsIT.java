package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podwire.datapath.KernelDatapath;
import io.podwire.testbed.Testbed;
import io.podwire.testing.KernelTest;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent whose ports are held by clients that send and read as slowly as they may. */
@KernelTest
final class SlowClientsIT {

  private static final int CLIENTS = 500;

  /** How long they try; two minutes show that a kubelet would not restart the agent. */
  private static final Duration LONG =
      Duration.ofSeconds(Integer.getInteger("podwire.slow.seconds", 15));

  /** {@code timeoutSeconds} of the probes in daemonset/base. */
  private static final Duration KUBELETS_PATIENCE = Duration.ofSeconds(5);

  @Test
  @SuppressWarnings("FutureReturnValueIgnored") // the test sees what clients that ended do not do
  void probesAreAnsweredWithinASecondAndMetricsRecover(@TempDir Path directory) throws Exception {
    try (Testbed bed = Testbed.open("pod");
        ApiServer api = ApiServer.start();
        KernelDatapath datapath = KernelDatapath.at(bed.pinDir(), bed.cgroup());
        AgentProcess agent =
            AgentProcess.start(
                bed, api.kubeconfig(directory), directory, "--accept", "unchecked")) {
      await().atMost(Duration.ofMinutes(2)).until(agent::isReady); // how fast proves nothing
      ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
      SlowClients onMetrics = new SlowClients(agent.metrics(), "/metrics");
      SlowClients onProbes = new SlowClients(agent.probes(), "/pods");
      clock.scheduleWithFixedDelay(onMetrics::goOn, 0, 1, TimeUnit.SECONDS);
      clock.scheduleWithFixedDelay(onProbes::goOn, 0, 1, TimeUnit.SECONDS);
      List<Duration> answered = new ArrayList<>();
      long end = System.nanoTime() + LONG.toNanos();
      while (System.nanoTime() < end) {
        for (String probe : new String[] {"/healthz", "/readyz"}) {
          long begin = System.nanoTime();
          assertThat(agent.get(probe)).startsWith("200 ok");
          answered.add(Duration.ofNanos(System.nanoTime() - begin));
        }
      }
      clock.shutdownNow();
      assertThat(clock.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
      onMetrics.close();
      onProbes.close();
      Collections.sort(answered);
      assertThat(answered.get(answered.size() * 95 / 100)).isLessThan(Duration.ofSeconds(1));
      assertThat(answered.get(answered.size() - 1)).isLessThan(KUBELETS_PATIENCE);
      await().atMost(Duration.ofSeconds(5)).until(() -> agent.get("/metrics").startsWith("200 "));
      assertThat(agent.isRunning()).isTrue();
      datapath.unload(Duration.ofSeconds(5), true);
    }
  }

  /**
   * Connections of which half lack the end of their request, and the others do not read their
   * answer; each sends or reads a byte when it is told to, and comes again where it was cut off.
   */
  private static final class SlowClients implements AutoCloseable {

    private final InetSocketAddress address;
    private final String path;
    private final SocketChannel[] clients = new SocketChannel[CLIENTS];

    SlowClients(InetSocketAddress address, String path) {
      this.address = address;
      this.path = path;
    }

    void goOn() {
      for (int i = 0; i < CLIENTS; i++) {
        boolean half = i % 2 == 0;
        try {
          if (clients[i] == null) {
            clients[i] = connect(half);
          } else if (half) {
            send(clients[i], "a");
          } else if (clients[i].read(ByteBuffer.allocate(1)) < 0) {
            throw new EOFException();
          }
        } catch (IOException e) {
          close(clients[i]);
          clients[i] = null;
        }
      }
    }

    private SocketChannel connect(boolean half) throws IOException {
      SocketChannel client = SocketChannel.open();
      client.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
      client.connect(address);
      client.configureBlocking(false);
      send(client, "GET " + path + " HTTP/1.1\r\nHost: " + (half ? "" : "a\r\n\r\n"));
      return client;
    }

    private static void send(SocketChannel client, String text) throws IOException {
      client.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private static void close(SocketChannel client) {
      try {
        if (client != null) {
          client.close();
        }
      } catch (IOException e) {
        // it is of no use any more
      }
    }

    @Override
    public void close() {
      for (SocketChannel client : clients) {
        close(client);
      }
    }
  }
}
