package io.podwire.cli;

import io.podwire.datapath.Adoption;
import io.podwire.datapath.Finding;
import java.util.LinkedHashMap;
import java.util.Map;

/** The JSON form of what came of an adoption; {@code docs/accelctl.md} has its schema. */
record AdoptionDocument(
    int namespaces,
    int denied,
    int found,
    int adopted,
    int returned,
    Map<String, Integer> busy,
    Map<String, Integer> refused) {

  static AdoptionDocument of(Adoption adoption) {
    return new AdoptionDocument(
        adoption.namespaces(),
        adoption.denied(),
        adoption.pairs(),
        adoption.adopted(),
        adoption.returned(),
        reasons(adoption.busy()),
        reasons(adoption.refused()));
  }

  /** By what a finding's name says after its first word. */
  private static Map<String, Integer> reasons(Map<Finding, Integer> found) {
    Map<String, Integer> reasons = new LinkedHashMap<>();
    found.forEach(
        (finding, count) -> reasons.put(finding.toString().replaceFirst("^[a-z]+_", ""), count));
    return reasons;
  }
}
