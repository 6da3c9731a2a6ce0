package io.podwire.check;

import io.podwire.datapath.Datapath;
import io.podwire.datapath.RunningKernel;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * What a check is to do.
 *
 * @param datapaths makes a datapath of a directory for its pins and a cgroup
 * @param cases the cases to run; empty for all
 * @param isSurprise whether a case, by its name with its mode, is repeated where it differs
 * @param modes to run them in; those that the running kernel does not have are left out
 * @param plainOutcomes what each case showed over plain TCP before; empty where that is to be
 *     observed
 */
record CheckPlan(
    BiFunction<Path, Path, Datapath> datapaths,
    List<String> cases,
    Predicate<String> isSurprise,
    Collection<Mode> modes,
    Map<String, String> plainOutcomes) {

  CheckPlan {
    cases = List.copyOf(cases);
    modes =
        modes.stream()
            .filter(mode -> mode != Mode.SHIFTED || RunningKernel.supportsGears())
            .filter(mode -> !mode.needsAdoption() || RunningKernel.adopts())
            .toList();
  }

  /** The same, compared with these outcomes over plain TCP. */
  CheckPlan against(Map<String, String> outcomes) {
    return new CheckPlan(datapaths, cases, isSurprise, modes, outcomes);
  }
}
