package io.podwire.cli;

import io.podwire.check.CheckReport;
import io.podwire.check.ContractCase;
import io.podwire.check.ContractCheck;
import io.podwire.check.KnownLimit;
import io.podwire.check.Mode;
import io.podwire.check.Verdict;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.Gears;
import io.podwire.datapath.Guard;
import io.podwire.datapath.KernelFacts;
import io.podwire.datapath.Status;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an operator must have accepted before pods of this kernel are accelerated. Where the kernel
 * breaks the contract in an unknown way, that; where it only cannot protect particular
 * applications, nothing for pods that were named one by one, since who names them knows them.
 */
final class Consent {

  /** Accepts an adoption on a kernel whose TCP sockets may not be walked without harm. */
  private static final String TCP_ITERATOR = "tcp-iterator";

  private final CheckReport report;
  private final Collection<String> accepted;
  private final Gears gears;

  /**
   * @param accepted names of cases and limits; blank ones mean nothing
   * @param gears as the operator chose
   */
  Consent(CheckReport report, Collection<String> accepted, Gears gears) {
    this.report = report;
    this.accepted = names(accepted);
    this.gears = gears;
  }

  private static List<String> names(Collection<String> accepted) {
    return accepted.stream().map(String::strip).filter(name -> !name.isEmpty()).toList();
  }

  /** Whether somebody wants no check at all. */
  static boolean isUnchecked(Collection<String> accepted) {
    return accepted.stream().map(String::strip).anyMatch(EnableCommand.UNCHECKED::equals);
  }

  /** What is wrong with the first name that means nothing; empty where each means something. */
  Optional<String> unknown() {
    return unknown(accepted, report.cases().stream().flatMap(Consent::namesInEachMode));
  }

  /** Also in those that this kernel does not have: others of a cluster may. */
  private static Stream<String> namesInEachMode(ContractCase outcome) {
    String name = outcome.nameWithoutMode();
    return Stream.concat(
        Stream.of(name, outcome.name()), Stream.of(Mode.values()).map(mode -> name + "/" + mode));
  }

  /** What is wrong with the first name that means nothing, before there is a check. */
  static Optional<String> unknown(Collection<String> accepted) {
    List<String> names = names(accepted);
    return names.isEmpty() ? Optional.empty() : unknown(names, ContractCheck.names().stream());
  }

  /**
   * @throws io.podwire.datapath.DatapathException where looking for open connections may do harm on
   *     this kernel, and that is not accepted
   */
  static void requireMendedIterator(DatapathView datapath, Collection<String> accepted) {
    if (!names(accepted).contains(TCP_ITERATOR)) {
      datapath.requireMendedIterator();
    }
  }

  /** What is wrong with the first name that means nothing beside {@code unchecked}. */
  static Optional<String> unknownBesideUnchecked(Collection<String> accepted) {
    return unknown(names(accepted), Stream.of(EnableCommand.UNCHECKED));
  }

  private static Optional<String> unknown(Collection<String> accepted, Stream<String> others) {
    List<String> limits = Stream.of(KnownLimit.values()).map(KnownLimit::toString).toList();
    Set<String> known =
        Stream.of(
                limits.stream(),
                others,
                Stream.of(TCP_ITERATOR),
                Stream.of(Guard.values()).map(Guard::toString),
                Stream.of(KernelFacts.values()).map(KernelFacts::toString))
            .flatMap(Function.identity())
            .collect(Collectors.toSet());
    return accepted.stream()
        .filter(name -> !known.contains(name))
        .findFirst()
        .map(
            name ->
                name
                    + " is neither a known limit, a protection nor a case of accelctl check: write "
                    + String.join(", ", limits)
                    + ", the name of a case (accelctl check --kept -v lists them), or "
                    + EnableCommand.UNCHECKED);
  }

  /**
   * What an operator is told at the command line.
   *
   * @param wholesale pods are selected that were not named
   * @throws ConsentException saying what is missing, and how to give it
   */
  void require(boolean wholesale) {
    List<ContractCase> differing = differing();
    if (!differing.isEmpty()) {
      throw new ConsentException(
          difference(differing)
              + ": see accelctl check; to enable all the same: "
              + options(differing.stream().map(ContractCase::name)));
    }
    List<KnownLimit> unaccepted = wholesale ? unaccepted() : List.of();
    if (!unaccepted.isEmpty()) {
      throw new ConsentException(
          "this kernel cannot protect "
              + applications(unaccepted)
              + ": select the pods that run none of these by --address, or all the same with "
              + options(unaccepted.stream().map(KnownLimit::toString)));
    }
  }

  /**
   * Whether the programs that are loaded do what the check saw: those of another load may lack what
   * the check's own had.
   *
   * @throws ConsentException naming what they lack
   */
  void requireOf(Status loaded) {
    SortedSet<String> lacking = required();
    lacking.removeAll(loaded.protections());
    if (!lacking.isEmpty()) {
      throw new ConsentException(
          "the programs that are loaded lack protections of this kernel's check: "
              + String.join(", ", lacking)
              + ": unload them and enable again, or all the same with "
              + lacking.stream().map(l -> "--accept " + l).collect(Collectors.joining(" ")));
    }
  }

  /** The protections that loaded programs must have. */
  SortedSet<String> required() {
    SortedSet<String> required = report.required();
    required.removeAll(accepted);
    return required;
  }

  /**
   * What an agent is not let do, and how to let it, in the words of a cluster; empty where nothing
   * is missing.
   *
   * @param wholesale pods are selected that were not named
   */
  Optional<String> refusal(boolean wholesale) {
    List<ContractCase> differing = differing();
    if (!differing.isEmpty()) {
      return Optional.of(
          difference(differing)
              + ": accelctl check --kept in the agent's container shows them; to accelerate all the"
              + " same, "
              + environment(differing.stream().map(ContractCase::name)));
    }
    List<KnownLimit> unaccepted = wholesale ? unaccepted() : List.of();
    if (!unaccepted.isEmpty()) {
      return Optional.of(
          "this kernel cannot protect "
              + applications(unaccepted)
              + ": opt the pods that run these out and set "
              + environment(unaccepted.stream().map(KnownLimit::toString))
              + ", or set PODWIRE_MODE=opt-in and annotate the pods that run none of these");
    }
    return Optional.empty();
  }

  private List<ContractCase> differing() {
    return report.with(Verdict.DIFFERS).filter(c -> !accepted.contains(c.name())).toList();
  }

  private List<KnownLimit> unaccepted() {
    return unprotected().stream().filter(l -> !isAccepted(l)).toList();
  }

  private static String difference(List<ContractCase> differing) {
    ContractCase first = differing.get(0);
    return "on this kernel applications see a difference in "
        + Wording.count(differing.size(), "case", "cases")
        + ", for example "
        + first.name()
        + " (plain: "
        + first.plain()
        + "; accelerated: "
        + first.accelerated()
        + ")";
  }

  private static String options(Stream<String> names) {
    return names.map(name -> "--accept " + name).collect(Collectors.joining(" "));
  }

  /** The environment variable that accepts these names, and what is accepted already. */
  private String environment(Stream<String> names) {
    return Stream.concat(accepted.stream(), names)
        .collect(Collectors.joining(",", "PODWIRE_ACCEPT=", ""));
  }

  /** Whom an operator should keep out; empty where nobody. */
  String advice() {
    List<KnownLimit> unprotected = unprotected();
    return unprotected.isEmpty() ? "" : "; keep out " + applications(unprotected);
  }

  /** What gears lack matters where they are chosen: by themselves they are off there. */
  private List<KnownLimit> unprotected() {
    Stream<KnownLimit> chosen =
        report.limits().stream().filter(l -> l == KnownLimit.GEARS && gears == Gears.ON);
    return Stream.concat(report.unprotected().stream(), chosen).toList();
  }

  private boolean isAccepted(KnownLimit limit) {
    return accepted.contains(limit.toString());
  }

  private static String applications(List<KnownLimit> limits) {
    return limits.stream()
        .map(limit -> limit.applications() + " (" + limit + ")")
        .collect(Collectors.joining("; "));
  }
}
