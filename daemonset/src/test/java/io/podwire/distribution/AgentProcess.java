package io.podwire.distribution;

import io.podwire.testbed.Testbed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code accelctl agent} as a process; killed when it is closed. */
final class AgentProcess implements AutoCloseable {

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static final List<String> ACCELCTL =
      List.of(Path.of("target/podwire/bin/accelctl").toAbsolutePath().toString());

  private final Process process;
  private final int metrics;
  private final int probes;
  private final Path log;

  private AgentProcess(Process process, int metrics, int probes, Path log) {
    this.process = process;
    this.metrics = metrics;
    this.probes = probes;
    this.log = log;
  }

  /**
   * Starts the one of the distribution.
   *
   * @param directory for its log
   */
  static AgentProcess start(Testbed bed, Path kubeconfig, Path directory, String... options) {
    return start(ACCELCTL, bed, kubeconfig, directory, options);
  }

  /** Starts one by another launcher. */
  static AgentProcess start(
      List<String> launcher, Testbed bed, Path kubeconfig, Path directory, String... options) {
    return start(launcher, bed, environment(kubeconfig), directory, options);
  }

  /** Without a kubeconfig: fabric8 loads every class of its model to parse one. */
  static AgentProcess startAsInAPod(Testbed bed, String api, Path directory, String... options) {
    Map<String, String> environment =
        Map.of("KUBERNETES_MASTER", api, "KUBERNETES_AUTH_TRYKUBECONFIG", "false");
    return start(ACCELCTL, bed, environment, directory, options);
  }

  private static AgentProcess start(
      List<String> launcher,
      Testbed bed,
      Map<String, String> environment,
      Path directory,
      String... options) {
    try {
      int metrics;
      int probes;
      try (ServerSocket one = new ServerSocket(0);
          ServerSocket another = new ServerSocket(0)) {
        metrics = one.getLocalPort();
        probes = another.getLocalPort();
      }
      Path log = Files.createTempFile(directory, "agent", ".log");
      List<String> command = new ArrayList<>(launcher);
      command.addAll(List.of("agent", "--node-name", ApiServer.NODE));
      command.addAll(List.of("--listen", "127.0.0.1:" + metrics));
      command.addAll(List.of("--probe-listen", "127.0.0.1:" + probes));
      command.addAll(List.of("--cgroup", bed.cgroup().toString()));
      command.addAll(List.of("--pin-dir", bed.pinDir().toString()));
      command.addAll(List.of(options));
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().putAll(environment);
      return new AgentProcess(builder.redirectOutput(log.toFile()).start(), metrics, probes, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it answers, with the status in front. */
  String get(String path) {
    int port = path.equals("/metrics") ? metrics : probes;
    try {
      HttpResponse<String> answer =
          HTTP.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
              HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() + " " + answer.body();
    } catch (IOException e) {
      return "none: " + e;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean isReady() {
    return get("/readyz").startsWith("200 ");
  }

  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it answers its host. */
  InetSocketAddress probes() {
    return new InetSocketAddress("127.0.0.1", probes);
  }

  /** Where it serves metrics. */
  InetSocketAddress metrics() {
    return new InetSocketAddress("127.0.0.1", metrics);
  }

  boolean isRunning() {
    return process.isAlive();
  }

  /** SIGTERM, as the kubelet ends it. */
  void terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the agent does not end: " + log());
    }
  }

  /** SIGKILL. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Seconds of CPU that it has used so far. */
  double cpuSeconds() {
    return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }

  /** Seconds of CPU that its threads of this name have used so far. */
  double cpuSeconds(String thread) {
    double nanos = 0;
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc/" + process.pid() + "/task"))) {
      for (Path one : threads) {
        if (Files.readString(one.resolve("comm")).strip().equals(thread)) {
          nanos += Long.parseLong(Files.readString(one.resolve("schedstat")).split(" ")[0]);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return nanos / 1e9;
  }

  /** How often each of its threads went to sleep so far, by the thread's id. */
  Map<String, Long> sleeps() {
    Map<String, Long> sleeps = new HashMap<>();
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc/" + process.pid() + "/task"))) {
      for (Path thread : threads) {
        for (String line : Files.readAllLines(thread.resolve("status"))) {
          if (line.startsWith("voluntary_ctxt_switches:")) {
            sleeps.put(thread.getFileName().toString(), Long.parseLong(line.replaceAll("\\D", "")));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sleeps;
  }

  /** Resident memory, in bytes. */
  long residentBytes() {
    try {
      return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a client of the API server is to be told. */
  static Map<String, String> environment(Path kubeconfig) {
    return Map.of("KUBECONFIG", kubeconfig.toString());
  }
}
