package io.podwire.clusterbench;

import io.podwire.bench.KernelTime;
import io.podwire.bench.model.Environment;
import io.podwire.cluster.Container;
import io.podwire.datapath.Settings;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Describes the node of a bench, from its beginning to its end, by what a pod of it can read. */
final class NodeSurroundings {

  private static final String STAT = "/proc/stat";
  private static final String LOAD = "/proc/loadavg";
  private static final String RELEASE = "/proc/sys/kernel/osrelease";
  private static final String VERSION = "/proc/sys/kernel/version";
  private static final String CPUS = "/proc/cpuinfo";
  private static final String GOVERNOR = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
  private static final String VULNERABILITIES = "/sys/devices/system/cpu/vulnerabilities";
  private static final String CONGESTION_CONTROL = "/proc/sys/net/ipv4/tcp_congestion_control";

  private final Container pod;
  private final NodeFiles began;

  private NodeSurroundings(Container pod) {
    this.pod = pod;
    this.began =
        NodeFiles.read(
            pod, STAT, LOAD, RELEASE, VERSION, CPUS, GOVERNOR, VULNERABILITIES, CONGESTION_CONTROL);
  }

  /**
   * Begins.
   *
   * @param pod one with sockperf
   */
  static NodeSurroundings begin(Container pod) {
    return new NodeSurroundings(pod);
  }

  /**
   * Ends.
   *
   * @param image of both pods
   * @param kubernetes version of the API server
   */
  Environment describe(String image, String kubernetes, Settings settings) {
    Map<String, String> tools = new TreeMap<>();
    tools.put("image", image);
    tools.put("kubernetes", kubernetes);
    tools.put("sockperf", pod.run("sockperf", "--version").lines().findFirst().orElse("unknown"));
    return new Environment(
        line(RELEASE).orElse("unknown") + " " + line(VERSION).orElse("unknown"),
        began.value(CPUS, "model name").orElse("unknown"),
        (int) began.lines(CPUS).stream().filter(line -> line.startsWith("processor")).count(),
        line(GOVERNOR).orElse("none"),
        new TreeMap<>(began.directory(VULNERABILITIES)),
        line(CONGESTION_CONTROL).orElse("unknown"),
        Runtime.version().toString(),
        tools,
        settings,
        Double.parseDouble(line(LOAD).orElse("0").split(" ")[0]),
        kernelTime(NodeFiles.read(pod, STAT)).since(kernelTime(began)).stealPercent());
  }

  private Optional<String> line(String file) {
    return began.line(file);
  }

  private static KernelTime kernelTime(NodeFiles files) {
    return KernelTime.parse(files.lines(STAT), name -> name.equals("cpu"));
  }
}
