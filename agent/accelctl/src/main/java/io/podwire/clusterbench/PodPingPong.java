package io.podwire.clusterbench;

import io.podwire.bench.BenchException;
import io.podwire.bench.Distribution;
import io.podwire.bench.KernelTime;
import io.podwire.bench.model.CellRound;
import io.podwire.bench.model.CpuUse;
import io.podwire.bench.model.Sample;
import io.podwire.bench.model.Side;
import io.podwire.bench.run.BenchOptions;
import io.podwire.bench.tool.Sockperf;
import io.podwire.cluster.NodeAgent;
import io.podwire.cluster.NodeStatus;
import io.podwire.cluster.Poll;
import io.podwire.cluster.RunningCommand;
import io.podwire.cluster.SeenFlow;
import io.podwire.cluster.SockperfPods;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Scratch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * {@code sockperf ping-pong --tcp} from one pod to the other. A round goes on behind its last
 * message that counts, until its proof is there; then sockperf is interrupted.
 */
final class PodPingPong {

  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final Duration END_LIMIT = Duration.ofSeconds(60);
  private static final Duration REACH_LIMIT = Duration.ofSeconds(60);

  /** What sockperf spends of each round before it logs. */
  private static final double WARM_UP_SECONDS = 0.4;

  /** What sockperf says when it is connected; then it sleeps for two seconds. */
  private static final String CONNECTED = "Warmup stage";

  /** What sockperf says before its first message. */
  private static final String BEGUN = "Starting test";

  private static final String LOG = "/tmp/podwire-bench.log";
  private static final String PID = "/tmp/podwire-bench.pid";

  /** sockperf, and the CPU time of this shell and its children behind what it says. */
  private static final String RUN = "\"$@\" & echo $! >" + PID + "; wait $!; cat /proc/$$/stat";

  private static final String CPU_TIME = "cat /proc/$(cat " + PID + ")/stat";
  private static final String INTERRUPT = "kill -INT $(cat " + PID + ")";

  /** The head of a full log, and the latencies of its first so many seconds. */
  private static final String CUT =
      "/^packet, / { print } /^[0-9]+, / { if (!n++) first = $2; if ($2 - first < seconds) print $4 }";

  private static final String PIN =
      "command -v taskset >/dev/null || exit 0; taskset -a -c -p \"$1\" 1 >/dev/null && echo pinned";

  /** USER_HZ is 100 on every architecture with a JDK. */
  private static final double TICK_MICROS = 10_000;

  // These are places of fields of /proc/PID/stat, proc(5), counted behind the command's name.
  private static final int UTIME = 11;

  private static final int CUTIME = 13;

  private final SockperfPods pods;
  private final NodeAgent agent;
  private final NodeSwitch acceleration;
  private final Scratch scratch;
  private final int seconds;
  private final Cpus cpus;

  /** Pins the server, where its image can. */
  PodPingPong(
      SockperfPods pods, NodeAgent agent, NodeSwitch acceleration, Scratch scratch, int seconds) {
    this.pods = pods;
    this.agent = agent;
    this.acceleration = acceleration;
    this.scratch = scratch;
    this.seconds = seconds;
    String allowed =
        NodeFiles.read(pods.server(), "/proc/self/status")
            .value("/proc/self/status", "Cpus_allowed_list")
            .orElseThrow();
    Cpus same = Cpus.choose(Placement.SAME, allowed);
    String said = pods.server().run("sh", "-c", PIN, "sh", Integer.toString(same.server()));
    cpus = said.contains("pinned") ? same : Cpus.choose(Placement.ANY, allowed);
  }

  /** Where both ends run. */
  Cpus cpus() {
    return cpus;
  }

  /**
   * Why the client cannot reach the server by an address; empty where it can. A new Service takes
   * its time.
   */
  Optional<String> obstacle(String address) {
    List<String> command = new ArrayList<>(List.of("sh", "-c", "timeout 20 \"$@\" || true", "sh"));
    command.addAll(SockperfPods.pingPong(address, BenchOptions.MIN_MESSAGE_SIZE, 1));
    String[] said = new String[1];
    return Poll.until(
                REACH_LIMIT,
                () -> {
                  said[0] = pods.client().run(command.toArray(String[]::new));
                  return Optional.of(said[0]).filter(text -> text.contains("[Total Run]"));
                })
            .isPresent()
        ? Optional.empty()
        : Optional.of("no answer from " + address + ": " + lastLine(said[0]));
  }

  /**
   * Runs one round, which is a new connection.
   *
   * @param address what the client connects to
   * @param size bytes of a message
   * @param title names it in errors
   * @throws BenchException where sockperf failed, or the round was not what it claims
   */
  CellRound round(String address, int size, int pair, Side side, String title) {
    boolean on = side == Side.ON;
    NodeStatus before = acceleration.set(on);
    Run run = run(address, size, title);
    long transactions = Sockperf.transactions(run.said());
    Histogram oneWay = oneWay();
    RoundProof proof = new RoundProof(title, agent.status().movedSince(before), run.flow());
    if (on) {
      proof.redirected(oneWay.getTotalCount());
    } else {
      proof.plain();
    }
    return new CellRound(
        pair,
        side,
        new Sample(
            Distribution.micros(oneWay, 50),
            transactions,
            1,
            2 * transactions,
            Optional.of(oneWay)),
        run.cpu(),
        proof.moved());
  }

  /**
   * What one run of sockperf left.
   *
   * @param said its output
   * @param cpu time of both ends, without what sockperf does before it sends anything
   * @param flow its connection, as the node's datapath had it when all that counts was sent
   */
  private record Run(String said, CpuUse cpu, Optional<SeenFlow> flow) {}

  private Run run(String address, int size, String title) {
    List<String> command = new ArrayList<>(List.of("sh", "-c", RUN, "sh"));
    if (cpus.client() >= 0) {
      command.addAll(List.of("taskset", "-c", Integer.toString(cpus.client())));
    }
    command.addAll(List.of("stdbuf", "-oL")); // It is to be seen how far it is.
    command.addAll(SockperfPods.pingPong(address, size, seconds + (int) END_LIMIT.toSeconds()));
    command.addAll(List.of("--full-log", LOG));
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try (RunningCommand client =
        new RunningCommand(pods.client(), output, command.toArray(String[]::new))) {
      await(CONNECTED, client, output, title);
      double idle = ticks(pods.client().run("sh", "-c", CPU_TIME), UTIME);
      NodeFiles before = cpuTime();
      await(BEGUN, client, output, title);
      Poll.pause(Duration.ofSeconds(seconds));
      Optional<SeenFlow> flow =
          agent.flow(pods.clientAddress(), pods.serverAddress(), SockperfPods.PORT);
      if (client.isEnded()) {
        throw endedEarly(output, title);
      }
      pods.client().run("sh", "-c", INTERRUPT);
      client.finish(END_LIMIT);
      String said = output.toString(StandardCharsets.UTF_8);
      NodeFiles after = cpuTime();
      CpuUse cpu =
          new CpuUse(
              (ticks(lastLine(said), CUTIME) - idle) * TICK_MICROS,
              (serverTicks(after) - serverTicks(before)) * TICK_MICROS,
              kernelTime(after).since(kernelTime(before)).softirqMicros());
      return new Run(said, cpu, flow);
    }
  }

  /** Waits until it says so. */
  private static void await(
      String what, RunningCommand client, ByteArrayOutputStream output, String title) {
    boolean said =
        Poll.until(
                START_LIMIT,
                () ->
                    Optional.of(output.toString(StandardCharsets.UTF_8).contains(what))
                        .filter(yes -> yes || client.isEnded()))
            .orElse(false);
    if (!said) {
      throw endedEarly(output, title);
    }
  }

  private static BenchException endedEarly(ByteArrayOutputStream output, String title) {
    return new BenchException(
        title
            + ": sockperf did not do its round: "
            + lastLine(output.toString(StandardCharsets.UTF_8)));
  }

  private Histogram oneWay() {
    Path log = scratch.file("sockperf-log");
    try (OutputStream out = Files.newOutputStream(log)) {
      String counted = String.format(Locale.ROOT, "seconds=%.1f", seconds - WARM_UP_SECONDS);
      pods.client().run(out, "awk", "-F", ", ", "-v", counted, CUT, LOG);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Sockperf.oneWay(log);
  }

  private NodeFiles cpuTime() {
    return NodeFiles.read(pods.server(), "/proc/1/stat", "/proc/stat");
  }

  private static double serverTicks(NodeFiles files) {
    return ticks(files.line("/proc/1/stat").orElseThrow(), UTIME);
  }

  private KernelTime kernelTime(NodeFiles files) {
    return KernelTime.parse(
        files.lines("/proc/stat"),
        name -> name.equals(cpus.client() < 0 ? "cpu" : "cpu" + cpus.client()));
  }

  /** User and system time, the field and the one behind it, of a line of {@code /proc/PID/stat}. */
  private static double ticks(String stat, int field) {
    String[] fields = stat.substring(stat.lastIndexOf(") ") + 2).split(" ");
    return Double.parseDouble(fields[field]) + Double.parseDouble(fields[field + 1]);
  }

  private static String lastLine(String text) {
    return text.strip().lines().reduce((a, b) -> b).orElse("");
  }
}
