package io.podwire.bench.run;

import io.podwire.bench.BenchException;
import io.podwire.bench.KernelTime;
import io.podwire.bench.model.Environment;
import io.podwire.bench.tool.RequiredTool;
import io.podwire.datapath.Gears;
import io.podwire.datapath.Settings;
import io.podwire.testbed.Proc;
import io.podwire.testbed.Testbed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Describes the machine of a bench: from its beginning to its end. */
final class Surroundings {

  private static final Path VULNERABILITIES = Path.of("/sys/devices/system/cpu/vulnerabilities");
  private static final String POD = "pod";

  private final Map<String, String> tools;
  private final KernelTime began = KernelTime.ofMachine();
  private final double loadAverage =
      Double.parseDouble(Proc.line("/proc/loadavg").orElseThrow().split(" ")[0]);

  private Surroundings(Map<String, String> tools) {
    this.tools = tools;
  }

  /**
   * @throws BenchException when a tool is missing, with the package to install
   */
  static Surroundings begin() {
    Map<String, String> tools = new TreeMap<>();
    for (RequiredTool tool : RequiredTool.values()) {
      tools.put(tool.command(), tool.version());
    }
    return new Surroundings(tools);
  }

  /**
   * @param gears the one setting of the datapaths of a bench that is not the default's
   */
  Environment describe(Gears gears) {
    return new Environment(
        Proc.line("/proc/sys/kernel/osrelease").orElse("unknown")
            + " "
            + Proc.line("/proc/sys/kernel/version").orElse("unknown"),
        Proc.value("/proc/cpuinfo", "model name"),
        Runtime.getRuntime().availableProcessors(),
        Proc.line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").orElse("none"),
        mitigations(),
        congestionControl(),
        Runtime.version().toString(),
        tools,
        Settings.DEFAULT.withGears(gears),
        loadAverage,
        KernelTime.ofMachine().since(began).stealPercent());
  }

  /** The congestion control that a pod's new network namespace gets. */
  private static String congestionControl() {
    try (Testbed bed = Testbed.open(POD)) {
      return bed.pod(POD).run("cat", "/proc/sys/net/ipv4/tcp_congestion_control").strip();
    }
  }

  private static Map<String, String> mitigations() {
    Map<String, String> mitigations = new TreeMap<>();
    if (Files.isDirectory(VULNERABILITIES)) {
      try (Stream<Path> files = Files.list(VULNERABILITIES)) {
        files.forEach(
            file ->
                mitigations.put(
                    file.getFileName().toString(), Proc.line(file.toString()).orElse("unknown")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return mitigations;
  }
}
