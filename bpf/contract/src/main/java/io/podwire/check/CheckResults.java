package io.podwire.check;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The cases of a check, each with its verdict, in the order in which they were first judged. */
final class CheckResults {

  private final Map<String, ContractCase> cases = new LinkedHashMap<>();

  /**
   * Judges a case, again if it was already.
   *
   * @param name of the case, without its mode
   * @param kernel that it ran on
   */
  void judge(Mode mode, String name, String plain, String accelerated, KernelTraits kernel) {
    String full = mode.nameOf(name);
    boolean same = plain.equals(accelerated);
    String limit =
        same ? "" : KnownLimit.of(full, accelerated, kernel).map(Object::toString).orElse("");
    Verdict verdict = same ? Verdict.SAME : limit.isEmpty() ? Verdict.DIFFERS : Verdict.KNOWN_LIMIT;
    cases.put(full, new ContractCase(full, plain, accelerated, verdict, limit));
  }

  /**
   * The cases that differ in a mode, by their names without it.
   *
   * @param wanted tells of a name with its mode whether it is asked for
   */
  List<String> differing(Mode mode, Predicate<String> wanted) {
    return cases.values().stream()
        .filter(c -> c.verdict() == Verdict.DIFFERS)
        .filter(c -> Mode.of(c.name()) == mode)
        .filter(c -> wanted.test(c.name()))
        .map(ContractCase::nameWithoutMode)
        .toList();
  }

  List<ContractCase> cases() {
    return List.copyOf(cases.values());
  }
}
