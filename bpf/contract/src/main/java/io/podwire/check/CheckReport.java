package io.podwire.check;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.podwire.datapath.Guard;
import io.podwire.datapath.KernelFacts;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The contract on one kernel.
 *
 * @param kernel release of the kernel it was made on
 * @param generation of the programs it was made with
 * @param build SHA-256 of the object that they were loaded from, 64 hex digits
 * @param support what the kernel offers, and what not
 * @param cases every case
 */
public record CheckReport(
    String kernel,
    int generation,
    String build,
    @JsonProperty("protections") List<KernelSupport> support,
    List<ContractCase> cases) {

  public CheckReport {
    support = List.copyOf(support);
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

  /** Whether it says something, and nothing that this version does not know. */
  @JsonIgnore
  public boolean isUnderstood() {
    return !cases.isEmpty()
        && with(Verdict.KNOWN_LIMIT).allMatch(c -> KnownLimit.named(c.limit()).isPresent());
  }

  /**
   * The limits that some case showed, in the order of {@link KnownLimit}.
   *
   * @throws CheckException where one is not known
   */
  @JsonIgnore
  public List<KnownLimit> limits() {
    return with(Verdict.KNOWN_LIMIT).map(CheckReport::limit).distinct().sorted().toList();
  }

  private static KnownLimit limit(ContractCase shown) {
    return KnownLimit.named(shown.limit())
        .orElseThrow(
            () ->
                new CheckException(
                    "the check explains "
                        + shown.name()
                        + " by a limit that this version does not know, \""
                        + shown.limit()
                        + "\": make it anew with accelctl check"));
  }

  /** Of the limits that some case showed, those against which this kernel lacks the guard. */
  @JsonIgnore
  public List<KnownLimit> unprotected() {
    return limits().stream().filter(limit -> limit.isUnprotected(this::lacks)).toList();
  }

  /**
   * What programs must have in force where they are loaded ({@code Status.protections()}), so that
   * this check tells what they do: what it found itself, and what every load learns.
   */
  @JsonIgnore
  public SortedSet<String> required() {
    List<String> guards = Stream.of(Guard.values()).map(Guard::toString).toList();
    Stream<String> found =
        support.stream()
            .filter(KernelSupport::present)
            .map(KernelSupport::name)
            .filter(guards::contains);
    return Stream.concat(found, Stream.of(KernelFacts.values()).map(KernelFacts::toString))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private boolean lacks(Guard guard) {
    return support.stream().noneMatch(p -> p.name().equals(guard.toString()) && p.present());
  }
}
