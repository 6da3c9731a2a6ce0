package io.podwire.check;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.podwire.datapath.Guard;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The contract on one kernel.
 *
 * @param kernel release of the kernel it was made on
 * @param generation of the programs it was made with
 * @param protections what the kernel has and lacks
 * @param cases every case
 */
public record CheckReport(
    String kernel, int generation, List<Protection> protections, List<ContractCase> cases) {

  public CheckReport {
    protections = List.copyOf(protections);
    cases = List.copyOf(cases);
  }

  /** Cases with this verdict. */
  public Stream<ContractCase> with(Verdict verdict) {
    return cases.stream().filter(c -> c.verdict() == verdict);
  }

  /** The number of cases with each verdict; those that no case has are absent. */
  public Map<Verdict, Long> verdicts() {
    return cases.stream()
        .collect(Collectors.groupingBy(ContractCase::verdict, Collectors.counting()));
  }

  /** The limits that some case showed, in the order of {@link KnownLimit}. */
  @JsonIgnore
  public List<KnownLimit> limits() {
    List<String> shown = with(Verdict.KNOWN_LIMIT).map(ContractCase::limit).distinct().toList();
    return Stream.of(KnownLimit.values())
        .filter(limit -> shown.contains(limit.toString()))
        .toList();
  }

  /** Of those, the ones against which this kernel lacks the protection. */
  @JsonIgnore
  public List<KnownLimit> unprotected() {
    return limits().stream().filter(limit -> limit.isUnprotected(this::lacks)).toList();
  }

  private boolean lacks(Guard guard) {
    return protections.stream().anyMatch(p -> p.name().equals(guard.toString()) && !p.present());
  }
}
