package io.podwire.cli;

import io.podwire.bench.BenchException;
import io.podwire.bench.model.BenchReport;
import io.podwire.bench.report.ReportDirectory;
import io.podwire.bench.run.Bench;
import io.podwire.bench.run.BenchOptions;
import io.podwire.bench.run.Calibration;
import io.podwire.bench.run.KeptCalibration;
import io.podwire.bench.run.Profile;
import io.podwire.check.OutputDirectory;
import io.podwire.cluster.ClusterPlace;
import io.podwire.clusterbench.ClusterBench;
import io.podwire.datapath.Gears;
import io.podwire.datapath.MessageCost;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code accelctl bench}: compares pod-to-pod traffic with acceleration off and on. */
@Command(
    name = "bench",
    description =
        "Compares pod-to-pod traffic with acceleration off and on, between pods of its own, with a"
            + " datapath of its own, or with --cluster on a node of a cluster.",
    mixinStandardHelpOptions = true,
    subcommands = BenchCompareCommand.class,
    versionProvider = Version.class)
final class BenchCommand implements Callable<Integer> {

  /** The options that go with a calibration. */
  private static final Set<String> CALIBRATION =
      Set.of("--calibrate", "--kept", "--state-dir", "-o", "--verbose");

  /** What a calibration found, ns of CPU time of a message. */
  record CalibrationDocument(double plainNs, double redirectedNs) {}

  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Mixin private final StateOptions state = new StateOptions();
  @Mixin private final ClusterOptions cluster = new ClusterOptions();
  @Spec private CommandSpec spec;

  @Option(
      names = "--profile",
      paramLabel = "quick|standard|full",
      description =
          "quick: the headline; standard: also every workload on the links that matter most, and"
              + " the costs, in about 25 minutes; full: every link; default: ${DEFAULT-VALUE}")
  private Profile profile = Profile.QUICK;

  @Option(
      names = "--rounds",
      paramLabel = "COUNT",
      description = "pairs of rounds, off and on; default: quick 10, standard 6, full 12")
  private Optional<Integer> rounds = Optional.empty();

  @Option(
      names = "--seconds",
      paramLabel = "SECONDS",
      description = "length of one round, 1 to 60; default: 1, in the table 0.3")
  private Optional<Integer> seconds = Optional.empty();

  @Option(
      names = "--message-size",
      paramLabel = "BYTES",
      split = ",",
      description = "sizes of a message, separated by commas; default: 14,1024")
  private List<Integer> messageSizes = BenchOptions.DEFAULT_MESSAGE_SIZES;

  @Option(
      names = "--cpu",
      paramLabel = "same|split|any",
      split = ",",
      description =
          "both ends on one CPU, on two, or wherever the scheduler puts them; default: same, and"
              + " any from 4 CPUs on")
  private List<Placement> placements = Placement.defaults();

  @Option(
      names = "--services",
      paramLabel = "COUNT",
      description =
          "Services in the node's rules beside the one that is measured; default: ${DEFAULT-VALUE}")
  private int services = BenchOptions.DEFAULT_SERVICES;

  @Option(
      names = "--gears",
      paramLabel = "auto|on|off",
      description =
          "whether a flow that outruns its reader is redirected again once the reader has caught"
              + " up, as with enable; default: ${DEFAULT-VALUE}")
  private Gears gears = Gears.AUTO;

  @Option(
      names = "--link",
      paramLabel = "LINK",
      split = ",",
      description =
          "only these rows of the table, separated by commas, for example macvlan/pod-ip/ipv4")
  private List<String> links = List.of();

  @Option(
      names = "--workload",
      paramLabel = "WORKLOAD",
      split = ",",
      description = "only these columns of the table, separated by commas")
  private List<String> workloads = List.of();

  @Option(
      names = "--null-test",
      description = "measure the bench's own noise: the table alone, off against off")
  private boolean nullTest;

  @Option(
      names = "--calibrate",
      description =
          "measure nothing but the CPU time of a message, in seconds, and keep it: status, top and"
              + " the agent's metrics then say what is saved")
  private boolean calibrate;

  @Option(
      names = "--kept",
      description =
          "with --calibrate: print what is kept, and measure only if this kernel has nothing")
  private boolean kept;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description =
          "directory for report.json, report.html and summary.svg; default:"
              + " podwire-bench-DATE-TIME")
  private Optional<Path> output;

  @Override
  public Integer call() {
    requireOneTask();
    if (calibrate) {
      calibrate();
      return ExitCode.OK;
    }
    Progress progress = Progress.onTerminal();
    Leftovers left = new Leftovers(spec.commandLine().getErr(), progress);
    Optional<ClusterPlace> place = cluster.place();
    BenchOptions options = place.isPresent() ? clusterOptions() : options();
    BenchReport report =
        place
            .map(where -> ClusterBench.run(options, where, progress, left))
            .orElseGet(() -> Bench.run(options, progress));
    ReportDirectory directory = new ReportDirectory(options.output());
    if (answer.isJson()) {
      answer.out().print(written(directory.json()));
      answer.out().flush();
    } else {
      answer.out().println(directory.text(report));
    }
    return left.areNone() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  /** A calibration measures one thing in one way. */
  private void requireOneTask() {
    if (kept && !calibrate) {
      throw new ParameterException(spec.commandLine(), "--kept is about --calibrate: add that");
    }
    spec.commandLine().getParseResult().matchedOptions().stream()
        .map(OptionSpec::longestName)
        .filter(name -> calibrate && !CALIBRATION.contains(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new ParameterException(
                  spec.commandLine(), name + " is not of --calibrate: leave one of them out");
            });
  }

  private void calibrate() {
    KeptCalibration keeper = state.calibration();
    Optional<MessageCost> before = kept ? keeper.kept() : Optional.empty();
    MessageCost cost = before.orElseGet(() -> calibrated(keeper));
    if (answer.isJson()) {
      JsonAnswer.print(
          new CalibrationDocument(cost.plainNanos(), cost.redirectedNanos()), answer.out());
    } else {
      answer
          .out()
          .printf(
              Locale.ROOT,
              "a small message costs %.0f ns of CPU time by TCP and %.0f redirected;"
                  + " kept in %s%n",
              cost.plainNanos(),
              cost.redirectedNanos(),
              keeper.file());
    }
  }

  private static MessageCost calibrated(KeptCalibration keeper) {
    if (!OutputDirectory.canTake(keeper.file().toAbsolutePath().getParent())) {
      throw new BenchException(
          "cannot keep the calibration in "
              + keeper.file()
              + ", which is not writable: name another --state-dir");
    }
    MessageCost cost = Calibration.measure(Progress.onTerminal());
    keeper.keep(cost);
    return cost;
  }

  private BenchOptions options() {
    Path directory = output.orElseGet(BenchOptions::defaultOutput);
    if (!OutputDirectory.canTake(directory)) {
      throw new BenchException(
          "cannot write the report to "
              + directory.toAbsolutePath()
              + ", which is not writable: name another --output");
    }
    try {
      return new BenchOptions(
          profile,
          rounds.orElse(profile.pairs()),
          seconds,
          messageSizes,
          placements,
          services,
          gears,
          nullTest,
          links,
          workloads,
          directory);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }

  /** One column takes minutes in a cluster: more only where they are asked for. */
  private BenchOptions clusterOptions() {
    if (!spec.commandLine().getParseResult().hasMatchedOption("--message-size")) {
      messageSizes = BenchOptions.DEFAULT_MESSAGE_SIZES.subList(0, 1);
    }
    seconds = Optional.of(seconds.orElse(BenchOptions.DEFAULT_SECONDS)); // of its table, too
    placements = List.of(Placement.SAME);
    services = 0;
    return options();
  }

  private static String written(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException("the bench wrote no " + file, e);
    }
  }
}
