package io.podwire.cli;

import io.podwire.check.CheckReport;
import io.podwire.check.KeptCheck;
import io.podwire.datapath.Adoption;
import io.podwire.datapath.Authority;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.EnablePlan;
import io.podwire.datapath.Gears;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Settings;
import io.podwire.datapath.SocketOwner;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import io.podwire.testbed.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code accelctl enable}: lets new connections between selected addresses join. */
@Command(
    name = "enable",
    description =
        "Loads the datapath if needed, and lets new connections between selected addresses join.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class EnableCommand implements Runnable {

  /** The value of {@code --accept} that wants no check at all. */
  static final String UNCHECKED = "unchecked";

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Mixin private final CheckOptions checks;
  @Mixin private final NodeOption node = new NodeOption();
  @Mixin private final PersistOption persist = new PersistOption();
  @Spec private CommandSpec spec;

  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      split = ",",
      converter = AddressConverter.class,
      description =
          "also select this pod address, IPv4 or IPv6; repeatable, or separated by commas")
  private List<Prefix> addresses = new ArrayList<>();

  @Option(
      names = "--cidr",
      paramLabel = "CIDR",
      split = ",",
      converter = CidrConverter.class,
      description = "also select the addresses of this network; repeatable, or separated by commas")
  private List<Prefix> networks = new ArrayList<>();

  @Option(
      names = "--exclude",
      paramLabel = "ADDRESS|CIDR",
      split = ",",
      converter = PrefixConverter.class,
      description =
          "never let these join, though a wider network is selected; repeatable, or separated by commas")
  private List<Prefix> excluded = new ArrayList<>();

  @Option(
      names = "--max-backlog-bytes",
      paramLabel = "BYTES",
      description =
          "unread bytes in one direction of a flow that send it back to TCP; 4096 to 1073741824")
  private Optional<Integer> maxBacklogBytes;

  @Option(
      names = "--max-backlog-messages",
      paramLabel = "COUNT",
      description = "unread messages that do so; 1 to 1024")
  private Optional<Integer> maxBacklogMessages;

  @Option(
      names = "--max-backlog-memory",
      paramLabel = "BYTES",
      description =
          "kernel memory that unread messages of all flows together may take beside their bytes;"
              + " 1048576 to 1073741824")
  private Optional<Integer> maxBacklogMemory;

  @Option(
      names = "--max-flows",
      paramLabel = "COUNT",
      description = "connections that can be joined at a time; 1 to 1000000; fixed while loaded")
  private Optional<Integer> maxFlows;

  @Option(
      names = "--break-even",
      paramLabel = "MESSAGES",
      description =
          "listeners with shorter flows than this have only one connection in 32 join; 0 lets all"
              + " join")
  private Optional<Integer> breakEven;

  @Option(
      names = "--gears",
      paramLabel = "auto|on|off",
      description =
          "whether a flow that outruns its reader is redirected again once the reader has caught up;"
              + " auto: where FIONREAD counts all that is unread")
  private Optional<Gears> gears;

  @Option(
      names = "--observe",
      description =
          "only count the connections that would join, and what they send; none is changed")
  private boolean observe;

  @Option(
      names = "--adopt",
      description = "then let those join that are open already, as accelctl adopt does")
  private boolean adopt;

  @Option(
      names = "--accept",
      paramLabel = "NAME",
      split = ",",
      description =
          "a case or a known limit of accelctl check to put up with, or \"unchecked\"; repeatable, or "
              + "separated by commas")
  private List<String> accepted = new ArrayList<>();

  @Option(
      names = "--yield-to",
      paramLabel = "NAME",
      split = ",",
      description =
          "let nothing join where another owner of sockets of this name is loaded now: obi, envoy,"
              + " kmesh, or the name of its map or program; repeatable, or separated by commas")
  private List<String> yieldTo = new ArrayList<>();

  private boolean restores;
  private boolean leavesOff;

  EnableCommand(DatapathOpener opener, Function<Progress, CheckReport> check) {
    where = new DatapathOptions(opener);
    checks = new CheckOptions(check);
  }

  @Override
  public void run() {
    requireRanges();
    requireOneMeaning();
    Optional<Path> file = persist.file(where.pinDir());
    Optional<String> elsewhere = node.set(true);
    if (elsewhere.isPresent()) {
      answer.out().println(elsewhere.get());
      return;
    }
    try (Datapath datapath = where.open()) {
      Status before = datapath.status();
      leavesOff |= restores && isOffHere(before);
      datapath.require();
      if (adopt) {
        datapath.requireAdoption();
        Consent.requireMendedIterator(datapath, accepted);
      }
      Optional<Consent> consent = consent(gears.orElse(before.settings().gears()));
      consent
          .map(Consent::unknown)
          .orElseGet(() -> Consent.unknownBesideUnchecked(accepted))
          .ifPresent(this::refuseName);
      consent.ifPresent(c -> c.require(!networks.isEmpty()));
      datapath.apply(plan(consent, before));
      file.ifPresent(
          f -> HostConfiguration.writeOn(f, datapath, where.cgroup(), accepted, yieldTo));
      Optional<Adoption> adoption =
          Optional.of(AdoptCommand.TIMEOUT).filter(timeout -> adopt).map(datapath::adopt);
      Status after = datapath.status();
      if (answer.isJson()) {
        JsonAnswer.print(StatusDocument.of(after, adoption), answer.out());
      } else {
        answer.out().println(line(before, after) + consent.map(Consent::advice).orElse(""));
        adoption.ifPresent(found -> AdoptionAnswer.writeText(found, answer.out()));
      }
    }
  }

  /**
   * Says what is wrong with the options, as far as nothing has to be looked at for that.
   *
   * @throws ParameterException naming the first that is
   */
  void requireMeaning() {
    requireRanges();
    requireOneMeaning();
    (Consent.isUnchecked(accepted)
            ? Consent.unknownBesideUnchecked(accepted)
            : Consent.unknown(accepted))
        .ifPresent(this::refuseName);
  }

  /**
   * Has a run restore what was written down. Off is off: what was switched off here since then
   * stays so.
   *
   * @param on whether connections are to join; else a run loads and selects, and lets nothing join
   */
  void restore(boolean on) {
    restores = true;
    leavesOff = !on;
  }

  private static boolean isOffHere(Status status) {
    return status.state() == State.DISABLED && status.authority() == Authority.LOCAL;
  }

  /** Does beforehand what of a run takes more rights than the rest: the check, and the load. */
  void prepare() {
    if (!leavesOff && !observe && !Consent.isUnchecked(accepted)) {
      checks.kept().latest(Progress.onStandardError());
    }
    try (Datapath datapath = where.open()) {
      datapath.prepare(this::changed);
    }
  }

  private EnablePlan plan(Optional<Consent> consent, Status before) {
    List<Prefix> selected = new ArrayList<>(addresses);
    selected.addAll(networks);
    return new EnablePlan(
        this::changed,
        loaded -> consent.ifPresent(c -> require(c, loaded, before)),
        excluded,
        selected,
        NodeAddresses.ofThisNamespace(),
        // off is off also where a build of another generation was
        loaded -> !leavesOff && !(restores && isOffHere(loaded)) && yieldsTo(loaded).isEmpty());
  }

  /** The first that sockets are left to. */
  private Optional<SocketOwner> yieldsTo(Status loaded) {
    return loaded.owners().stream()
        .filter(owner -> yieldTo.stream().anyMatch(owner::isMeantBy))
        .findFirst();
  }

  /** By the check of this kernel, which is made now if it never was. */
  private Optional<Consent> consent(Gears wanted) {
    if (leavesOff || observe || Consent.isUnchecked(accepted)) {
      return Optional.empty();
    }
    KeptCheck kept = checks.kept();
    if (kept.kept().isEmpty()) { // first what needs no check, which takes its time and is kept
      Consent.unknown(accepted).ifPresent(this::refuseName);
    }
    return Optional.of(new Consent(kept.latest(Progress.onStandardError()), accepted, wanted));
  }

  private static void require(Consent consent, Status loaded, Status before) {
    try {
      consent.requireOf(loaded);
    } catch (ConsentException e) {
      if (before.another().isPresent() || !before.draining().isEmpty()) {
        throw new ConsentException(
            e.getMessage()
                + "; nothing new joins until then, or until the build before is enabled");
      }
      throw e;
    }
  }

  private void refuseName(String why) {
    throw new ParameterException(spec.commandLine(), "--accept " + why);
  }

  private void requireRanges() {
    try {
      changed(Settings.DEFAULT);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }

  private void requireOneMeaning() {
    if (observe && adopt) {
      throw new ParameterException(
          spec.commandLine(), "--observe changes no connection, and --adopt does: write one");
    }
    Stream.concat(addresses.stream(), networks.stream())
        .filter(excluded::contains)
        .findFirst()
        .ifPresent(
            prefix -> {
              throw new ParameterException(
                  spec.commandLine(), prefix + " is both to be selected and excluded: write one");
            });
  }

  private Settings changed(Settings settings) {
    return new Settings(
        maxBacklogBytes.orElse(settings.maxBacklogBytes()),
        maxBacklogMessages.orElse(settings.maxBacklogMessages()),
        maxFlows.orElse(settings.maxFlows()),
        breakEven.orElse(settings.breakEvenMessages()),
        maxBacklogMemory.orElse(settings.maxBacklogMemory()),
        gears.orElse(settings.gears()),
        observe);
  }

  private String line(Status before, Status after) {
    Optional<SocketOwner> other = yieldsTo(after);
    if (other.isPresent()) {
      return "disabled: left to "
          + other.get()
          + "; accelctl enable without --yield-to has them join all the same";
    }
    String selection =
        after.selected() == 0
            ? "nothing is selected yet, add --address or --cidr"
            : Wording.count(after.selected(), "prefix", "prefixes") + " selected";
    if (after.state() == State.DISABLED) {
      return "disabled: " + selection + "; accelctl enable has them join";
    }
    if (after.observes()) {
      return "observing: " + selection + "; nothing joins";
    }
    return (before.joins() ? "already enabled: " : "enabled: ") + selection;
  }
}
