package io.podwire.check;

import io.podwire.datapath.Datapath;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.RunningKernel;
import io.podwire.testbed.Progress;
import io.podwire.testbed.Scratch;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Compares what applications observe over plain TCP and accelerated, on this machine's kernel. The
 * plain run and each mode have pods, a cgroup and a datapath of their own, and run side by side,
 * since their cases mostly wait.
 */
public final class ContractCheck {

  private final CheckPlan plan;

  /**
   * @param datapaths makes a datapath of a directory for its pins and a cgroup
   * @param cases the cases to run; empty for all
   * @param isSurprise whether a case, by its name with its mode, is repeated where it differs
   * @param modes to run them in, as far as the running kernel has them
   */
  public ContractCheck(
      BiFunction<Path, Path, Datapath> datapaths,
      List<String> cases,
      Predicate<String> isSurprise,
      Set<Mode> modes) {
    this(new CheckPlan(datapaths, cases, isSurprise, modes, Map.of()));
  }

  private ContractCheck(CheckPlan plan) {
    this.plan = plan;
  }

  /** The same cases, compared with the plain outcomes of a check that this machine had before. */
  public ContractCheck against(CheckReport before) {
    Map<String, String> outcomes = new LinkedHashMap<>();
    for (ContractCase outcome : before.cases()) {
      String name = outcome.nameWithoutMode();
      if (plan.cases().isEmpty() || plan.cases().contains(name)) {
        outcomes.put(name, outcome.plain());
      }
    }
    return new ContractCheck(plan.against(outcomes));
  }

  /** A check of the product, with every case in every mode that does this kernel no harm. */
  public ContractCheck() {
    this(
        KernelDatapath::at,
        List.of(),
        name -> true,
        RunningKernel.hasMendedIterator() ? EnumSet.allOf(Mode.class) : Mode.withoutAdoption());
  }

  /** The names that cases can have in a report, with their modes; changes nothing. */
  public static List<String> names() {
    try (Scratch scratch = Scratch.create()) {
      return Probe.cases(scratch).stream()
          .flatMap(name -> Stream.of(Mode.values()).map(mode -> mode.nameOf(name)))
          .toList();
    }
  }

  /**
   * Makes pods and datapaths of its own, runs every case, and removes them again; takes about a
   * minute. Needs root. An acceleration that is in use on this machine goes on.
   *
   * @throws CheckException when the cases cannot be run, or were not accelerated
   * @throws io.podwire.testbed.TestbedException when the pods cannot be made
   * @throws io.podwire.datapath.DatapathException where the datapath refuses
   */
  public CheckReport run(Progress progress) {
    try (Scratch scratch = Scratch.create()) {
      Probe.unpack(scratch);
      return new CheckRun(plan, scratch, progress).report();
    }
  }
}
