package io.podwire.cli;

import io.podwire.cluster.ClusterStatus;
import io.podwire.datapath.Authority;
import io.podwire.datapath.Counter;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.LeavingTimes;
import io.podwire.datapath.Lockdown;
import io.podwire.datapath.Observation;
import io.podwire.datapath.Observed;
import io.podwire.datapath.OwnerProcesses;
import io.podwire.datapath.OwnerProcesses.OwnerProcess;
import io.podwire.datapath.Settings;
import io.podwire.datapath.SocketOwner;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code accelctl status}: what is loaded, and what it has done, here or on every node. */
@Command(
    name = "status",
    description = "Shows the state, the flows, the settings and the counters.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class StatusCommand implements Callable<Integer> {

  private static final String OBSERVES = ", to observe only: nothing joins";

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Mixin private final StateOptions state = new StateOptions();
  @Mixin private final ClusterStatusOptions cluster = new ClusterStatusOptions();

  @Option(
      names = "--proc",
      paramLabel = "DIR",
      defaultValue = "${env:PODWIRE_PROC:-/proc}",
      description =
          "the host's /proc, which shows the processes of other socket owners; default:"
              + " $PODWIRE_PROC, or /proc")
  private Path proc;

  StatusCommand(DatapathOpener opener) {
    where = new DatapathOptions(opener);
  }

  @Override
  public Integer call() {
    Optional<ClusterStatus> ofCluster = cluster.ask();
    if (ofCluster.isPresent()) {
      return give(ofCluster.get());
    }
    Status status;
    List<Observation> open;
    try (DatapathView datapath = where.open()) {
      status = datapath.status();
      open = status.observes() ? datapath.observed() : List.of();
    }
    Estimate estimate = Estimate.of(status, Observed.of(open), state.calibration().kept());
    Map<Integer, OwnerProcess> processes = new OwnerProcesses(proc).of(status.owners());
    if (answer.isJson()) {
      JsonAnswer.print(StatusDocument.of(status, estimate, processes), answer.out());
    } else if (status.state() == State.ABSENT) {
      String another =
          status.another().map(b -> " but build " + b + ", of another accelctl").orElse("");
      String lack = status.warnings().stream().map(": "::concat).collect(Collectors.joining());
      answer.out().println("absent: nothing is loaded at " + where.pinDir() + another + lack);
    } else {
      print(status, estimate, processes, answer.out());
    }
    return ExitCode.OK;
  }

  private int give(ClusterStatus status) {
    if (answer.isJson()) {
      JsonAnswer.print(ClusterStatusDocument.of(status), answer.out());
    } else {
      ClusterStatusTable.print(status, answer.out());
    }
    return status.isAsWished() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private void print(
      Status status, Estimate estimate, Map<Integer, OwnerProcess> processes, PrintWriter out) {
    Settings settings = status.settings();
    row(out, "state", coloured(status.state()) + (status.observes() ? OBSERVES : ""));
    row(out, "decided-by", decision(status.authority()));
    status.build().ifPresent(build -> row(out, "generation", build.generation()));
    status.build().ifPresent(build -> row(out, "build", build));
    status.another().ifPresent(build -> row(out, "another-build", "new connections join " + build));
    row(out, "selected", Wording.count(status.selected(), "prefix", "prefixes"));
    row(out, "excluded", Wording.count(status.excluded(), "prefix", "prefixes"));
    row(out, "flows", status.flows());
    row(out, "leaving", status.leaving());
    row(out, "max-backlog-bytes", settings.maxBacklogBytes());
    row(out, "max-backlog-messages", settings.maxBacklogMessages());
    row(out, "max-backlog-memory", settings.maxBacklogMemory());
    row(out, "max-flows", settings.maxFlows());
    row(out, "break-even", Wording.count(settings.breakEvenMessages(), "message", "messages"));
    row(out, "gears", gears(status));
    row(out, "guards", names(status.guards()));
    row(out, "protections", names(status.protections()));
    Lockdown.running().consequence().ifPresent(what -> row(out, "lockdown", what));
    LeavingTimes times = status.leavingTimes();
    if (times.count() > 0) {
      row(
          out,
          "departures",
          "%d: p50 < %d us, p99 < %d us, max < %d us"
              .formatted(
                  times.count(),
                  times.microseconds(0.5),
                  times.microseconds(0.99),
                  times.microseconds(1)));
    }
    for (Counter counter : Counter.values()) {
      long events = status.counters().get(counter);
      if (events != 0 || answer.isVerbose()) {
        row(out, counter.toString(), events);
      }
    }
    status
        .redirectedShare()
        .ifPresent(
            share ->
                row(
                    out,
                    "redirected-share",
                    String.format(Locale.ROOT, "%.1f %% of messages", 100 * share)));
    estimate.rows().forEach((name, value) -> row(out, name, value));
    status
        .containers()
        .forEach(
            (cgroup, why) -> row(out, "incompatible-container", "cgroup " + cgroup + ": " + why));
    status
        .parties()
        .forEach(
            (why, pairs) ->
                row(
                    out,
                    "incompatible-clients",
                    Wording.count(pairs, "client", "clients") + " of a listener: " + why));
    status
        .draining()
        .forEach(
            (build, flows) -> row(out, "draining", "build " + build + ", flows left: " + flows));
    for (SocketOwner owner : status.owners()) {
      String what = owner.describe(Optional.ofNullable(processes.get(owner.map())));
      row(out, "socket-owner", what + ": " + owner.kind().advice());
    }
    status.warnings().forEach(warning -> row(out, "warning", warning));
  }

  private static String decision(Authority authority) {
    return switch (authority) {
      case NOBODY -> "nobody: it was loaded or left to the agent, and not switched since";
      case LOCAL -> "local switch: accelctl on this node";
      case NODE -> "node annotation: podwire.io/acceleration of the Node";
      case AGENT -> "agent: nobody else has decided";
    };
  }

  private static String gears(Status status) {
    String now = status.gearsInForce() ? "on" : "off";
    String chosen = status.settings().gears().toString();
    return now.equals(chosen) ? now : chosen + " (" + now + ")";
  }

  private static String names(Set<?> values) {
    return values.isEmpty()
        ? "none"
        : values.stream().map(Object::toString).collect(Collectors.joining(", "));
  }

  private static void row(PrintWriter out, String name, Object value) {
    out.println(name + " ".repeat(Math.max(1, 26 - name.length())) + value);
  }

  private static String coloured(State state) {
    String colour = state == State.ENABLED ? "green" : "yellow";
    return Ansi.AUTO.string("@|" + colour + " " + state + "|@");
  }
}
