package io.podwire.cli;

import io.podwire.agent.Admission;
import io.podwire.agent.Agent;
import io.podwire.agent.AgentConfiguration;
import io.podwire.agent.LabelRequirements;
import io.podwire.agent.PodName;
import io.podwire.agent.PolicyKind;
import io.podwire.agent.SelectionMode;
import io.podwire.agent.YieldTo;
import io.podwire.check.CheckReport;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.Gears;
import io.podwire.testbed.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code accelctl agent}: follows the pods of this node until it is ended. */
@Command(
    name = "agent",
    description =
        "Follows the pods of this node at the API server, and selects their addresses; until it is"
            + " ended.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class AgentCommand implements Runnable {

  /** What a change of a NetworkPolicy does to the flows of the pods that it selects. */
  private enum NetworkPolicies {
    RETIRE,
    IGNORE
  }

  @Mixin private final DatapathOptions where;
  @Mixin private final CheckOptions checks;
  @Spec private CommandSpec spec;

  @Option(
      names = "--node-name",
      paramLabel = "NAME",
      defaultValue = "${env:NODE_NAME}",
      description = "this Node's name in the cluster; default: $NODE_NAME, or the host's name")
  private Optional<String> node;

  @Option(
      names = "--pod",
      paramLabel = "NAMESPACE/NAME",
      defaultValue = "${env:PODWIRE_POD:-}",
      description =
          "the Pod that this runs in, which gets Events where something is wrong; default:"
              + " $PODWIRE_POD")
  private String pod;

  @Option(
      names = "--mode",
      paramLabel = "opt-out|opt-in|observe",
      converter = SelectionModeConverter.class,
      defaultValue = "${env:PODWIRE_MODE:-opt-out}",
      description =
          "what holds for pods without an annotation; observe: as opt-out, but nothing joins, and"
              + " what would is counted; default: $PODWIRE_MODE, or opt-out")
  private SelectionMode mode;

  @Option(
      names = "--exclude-namespace",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "${env:PODWIRE_EXCLUDED_NAMESPACES:-kube-system}",
      description =
          "namespaces whose pods are never selected; repeatable, or separated by commas; default: "
              + "$PODWIRE_EXCLUDED_NAMESPACES, or kube-system")
  private List<String> excludedNamespaces = new ArrayList<>();

  @Option(
      names = "--pod-selector",
      paramLabel = "SELECTOR",
      defaultValue = "${env:PODWIRE_POD_SELECTOR:-}",
      description =
          "labels that a pod must have, for example app=web,tier!=test; default:"
              + " $PODWIRE_POD_SELECTOR")
  private String podSelector;

  @Option(
      names = "--network-policy",
      paramLabel = "retire|ignore",
      defaultValue = "${env:PODWIRE_NETWORK_POLICY:-retire}",
      description =
          "whether flows are sent back to TCP when a policy of their pod changes; default: "
              + "$PODWIRE_NETWORK_POLICY, or retire")
  private NetworkPolicies networkPolicy;

  @Option(
      names = "--policy-kinds",
      paramLabel = "GROUP/VERSION/KIND",
      split = ",",
      defaultValue = "${env:PODWIRE_POLICY_KINDS:-}",
      description =
          "kinds of policies beside NetworkPolicy of which the same holds, for example"
              + " cilium.io/v2/CiliumNetworkPolicy; repeatable, or separated by commas; default:"
              + " $PODWIRE_POLICY_KINDS")
  private List<String> policyKinds = new ArrayList<>();

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS:PORT",
      converter = ListenConverter.class,
      defaultValue = "${env:PODWIRE_LISTEN:-" + ListenConverter.DEFAULT + "}",
      description =
          "where /metrics is served; default: $PODWIRE_LISTEN, or " + ListenConverter.DEFAULT)
  private InetSocketAddress listen;

  @Option(
      names = "--probe-listen",
      paramLabel = "ADDRESS:PORT",
      converter = ListenConverter.class,
      defaultValue = "${env:PODWIRE_PROBE_LISTEN:-" + ListenConverter.PROBES + "}",
      description =
          "where /healthz and /readyz are served, to this host alone; default: "
              + "$PODWIRE_PROBE_LISTEN, or "
              + ListenConverter.PROBES)
  private InetSocketAddress probes;

  @Option(
      names = "--cni-socket",
      paramLabel = "PATH",
      defaultValue = "${env:PODWIRE_CNI_SOCKET}",
      description =
          "where the CNI plugin tells of pods that start, a UNIX socket that root alone may write"
              + " to; default: $PODWIRE_CNI_SOCKET, or nowhere")
  private Optional<Path> cniSocket;

  @Option(
      names = "--resync",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = "${env:PODWIRE_RESYNC:-5m}",
      description = "between two full passes; default: $PODWIRE_RESYNC, or 5m")
  private Duration resync;

  @Option(
      names = "--heartbeat",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = "${env:PODWIRE_HEARTBEAT:-30s}",
      description =
          "how long new connections join after the agent died; default: $PODWIRE_HEARTBEAT, or 30s")
  private Duration heartbeat;

  @Option(
      names = "--max-backlog-memory",
      paramLabel = "BYTES",
      defaultValue = "${env:PODWIRE_MAX_BACKLOG_MEMORY}",
      description =
          "as of accelctl enable; default: $PODWIRE_MAX_BACKLOG_MEMORY, or what the datapath has")
  private Optional<Integer> maxBacklogMemory;

  @Option(
      names = "--gears",
      paramLabel = "auto|on|off",
      defaultValue = "${env:PODWIRE_GEARS}",
      description = "as of accelctl enable; default: $PODWIRE_GEARS, or what the datapath has")
  private Optional<Gears> gears;

  @Option(
      names = "--yield-to",
      paramLabel = "NAME[=SELECTOR]",
      split = ";",
      defaultValue = "${env:PODWIRE_YIELD_TO:-}",
      description =
          "leave the pods with these labels, or all, to another owner of sockets while it is loaded:"
              + " obi, envoy, kmesh, or the name of a map or program; repeatable, or separated by"
              + " semicolons; default: $PODWIRE_YIELD_TO")
  private List<String> yieldTo = new ArrayList<>();

  @Option(
      names = "--workload-pairs",
      paramLabel = "COUNT",
      defaultValue = "${env:PODWIRE_WORKLOAD_PAIRS:-50}",
      description =
          "pairs of workloads that have metrics of their own, at most 1000; the rest counts as"
              + " other, and 0 is for no metrics by workload; default: $PODWIRE_WORKLOAD_PAIRS, or"
              + " 50")
  private int workloadPairs;

  @Option(
      names = "--proc",
      paramLabel = "DIR",
      defaultValue = "${env:PODWIRE_PROC:-/proc}",
      description =
          "the host's /proc, which shows pods' network namespaces; default: $PODWIRE_PROC, or /proc")
  private Path proc;

  @Option(
      names = "--accept",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "${env:PODWIRE_ACCEPT:-}",
      description =
          "a case or a known limit of accelctl check to put up with, or \"unchecked\"; repeatable,"
              + " or separated by commas; default: $PODWIRE_ACCEPT")
  private List<String> accepted = new ArrayList<>();

  AgentCommand(DatapathOpener opener, Function<Progress, CheckReport> check) {
    where = new DatapathOptions(opener);
    checks = new CheckOptions(check);
  }

  @Override
  public void run() {
    AgentConfiguration configuration = configuration();
    Datapath datapath = where.open();
    datapath.require();
    // In mode opt-out pods are selected that nobody named; an annotation names one.
    Supplier<Admission> admission =
        mode == SelectionMode.OBSERVE
            ? Admission::unchecked
            : new AgentAdmission(
                checks.kept(),
                accepted,
                mode == SelectionMode.OPT_OUT,
                () -> gears.orElseGet(() -> datapath.status().settings().gears()));
    try (Agent agent =
        new Agent(
            configuration,
            datapath,
            admission,
            NodeAddresses::ofThisNamespace,
            checks.calibration().kept())) {
      Runtime.getRuntime().addShutdownHook(new Thread(agent::close, "shutdown"));
      agent.run();
    }
  }

  private AgentConfiguration configuration() {
    excludedNamespaces.removeIf(String::isBlank);
    try {
      return new AgentConfiguration(
          node.filter(name -> !name.isBlank()).orElseGet(AgentCommand::hostName),
          Optional.of(pod).filter(name -> !name.isBlank()).map(PodName::parse),
          mode,
          new HashSet<>(excludedNamespaces),
          LabelRequirements.parse(podSelector),
          networkPolicy == NetworkPolicies.RETIRE,
          policyKinds.stream()
              .filter(text -> !text.isBlank())
              .map(PolicyKind::parse)
              .distinct()
              .toList(),
          listen,
          probes,
          cniSocket.filter(path -> !path.toString().isBlank()),
          resync,
          heartbeat,
          maxBacklogMemory,
          gears,
          yieldTo.stream().filter(text -> !text.isBlank()).map(YieldTo::parse).toList(),
          workloadPairs,
          proc);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** The host's name, which a kubelet names its Node after unless it is told otherwise. */
  private static String hostName() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname"))
          .strip()
          .toLowerCase(Locale.ROOT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
