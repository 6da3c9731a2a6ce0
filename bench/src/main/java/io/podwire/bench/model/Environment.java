package io.podwire.bench.model;

import io.podwire.datapath.Settings;
import java.util.Map;

/**
 * Where and with what a bench ran: what one has to know to compare its numbers with another
 * machine's.
 *
 * @param kernel release and version of the kernel
 * @param cpuModel as {@code /proc/cpuinfo} names it
 * @param cpus number of CPUs that are online
 * @param governor frequency governor; {@code none} where the machine shows none, as virtual
 *     machines do
 * @param mitigations state of each CPU vulnerability, by its name in {@code
 *     /sys/devices/system/cpu/vulnerabilities}
 * @param congestionControl of TCP in the pods
 * @param java version of this JVM
 * @param tools version line of each tool, by its name
 * @param settings of the datapath
 * @param loadAverage of the last minute, when the bench began
 * @param stealPercent time that the hypervisor took from this machine during the run, in percent of
 *     all CPU time
 */
public record Environment(
    String kernel,
    String cpuModel,
    int cpus,
    String governor,
    Map<String, String> mitigations,
    String congestionControl,
    String java,
    Map<String, String> tools,
    Settings settings,
    double loadAverage,
    double stealPercent) {}
