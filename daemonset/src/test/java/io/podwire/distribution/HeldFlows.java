package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.testbed.Place;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Connections that prove every byte, by {@code bpf/datapath/src/test/c/traffic}. */
final class HeldFlows implements AutoCloseable {

  private static final String TRAFFIC =
      Path.of("../bpf/datapath/target/test-classes/io/podwire/datapath/traffic")
          .toAbsolutePath()
          .toString();

  private final Process process;
  private final BufferedReader lines;

  private HeldFlows(Process process) {
    this.process = process;
    this.lines = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts an echo server; it ends with its place. */
  static HeldFlows serve(Place place, InetAddress address, int port) throws IOException {
    HeldFlows server = start(place, "echo", address.getHostAddress(), "" + port);
    assertThat(server.lines.readLine()).isEqualTo("ready");
    return server;
  }

  /** Opens connections to it, each of which has exchanged a message. */
  static HeldFlows open(Place place, InetAddress address, int port, int connections)
      throws IOException {
    HeldFlows flows = start(place, "hold", address.getHostAddress(), "" + port, "" + connections);
    assertThat(flows.lines.readLine()).isEqualTo("round 0 failed 0");
    return flows;
  }

  /** A process that opens one connection to it when it is told to {@link #connect}. */
  static HeldFlows prepare(Place place, InetAddress address, int port) throws IOException {
    return new HeldFlows(
        place
            .command(
                "sh",
                "-c",
                "read go && exec \"$@\"",
                "sh",
                TRAFFIC,
                "hold",
                address.getHostAddress(),
                "" + port,
                "1")
            .redirectErrorStream(true)
            .start());
  }

  /** Opens the connection of a process that was prepared, and exchanges a message on it. */
  HeldFlows connect() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
    assertThat(lines.readLine()).isEqualTo("round 0 failed 0");
    return this;
  }

  /** Starts connections, one after the other, of some messages each. */
  static HeldFlows pairs(Place place, InetAddress address, int port, int connections, int messages)
      throws IOException {
    return start(
        place, "pairs", address.getHostAddress(), "" + port, "" + connections, "" + messages);
  }

  private static HeldFlows start(Place place, String... arguments) throws IOException {
    String[] command = new String[arguments.length + 1];
    command[0] = TRAFFIC;
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return new HeldFlows(place.command(command).redirectErrorStream(true).start());
  }

  /** One more message and its answer on each connection, every byte right. */
  HeldFlows exchange() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
    assertThat(lines.readLine()).startsWith("round").endsWith("failed 0");
    return this;
  }

  /** Waits for the end; every byte was right. */
  void awaitSuccess() throws IOException, InterruptedException {
    StringBuilder said = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.append(line).append('\n');
    }
    assertThat(process.waitFor()).as(said.toString()).isZero();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
