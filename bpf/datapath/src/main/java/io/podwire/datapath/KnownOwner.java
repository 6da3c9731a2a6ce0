package io.podwire.datapath;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** Whose socket maps are known, by the names of maps and programs; and what to do about each. */
public enum KnownOwner {
  /** OpenTelemetry's eBPF instrumentation, and what carries it. */
  OBI(
      "OBI, Beyla or Alloy",
      Set.of("obi", "beyla", "alloy"),
      List.of("obi_", "beyla_"),
      "it adds trace context to requests by that, and cannot on connections that Podwire has: leave"
          + " the pods that it traces to it (--yield-to obi), or switch its context propagation off"),

  /** Envoy's sockmap interface, from 1.39 on. */
  ENVOY(
      "Envoy",
      Set.of("envoy"),
      List.of("envoy_"),
      "it accelerates connections of Envoy as Podwire does: take its sockmap interface out of the"
          + " bootstrap, or leave its pods to it (--yield-to envoy)"),

  /** Kmesh, which tells waypoints where a connection was to go. */
  KMESH(
      "Kmesh",
      Set.of("kmesh"),
      List.of("map_of_kmesh"),
      "it tells its waypoints the original destination by that, and cannot on connections that"
          + " Podwire has: leave the pods that it manages to it (--yield-to kmesh)"),

  /** Podwire at another pin directory. */
  PODWIRE(
      "another Podwire",
      Set.of("podwire"),
      List.of(PinnedPrograms.VERDICT),
      "run only one socket accelerator on a node: accelctl unload --pin-dir takes the other away"),

  /** Anything else. */
  UNKNOWN(
      "an unknown owner",
      Set.of(),
      List.of(""),
      "a socket has one owner only: leave its pods to it (--yield-to with the name of its map), or"
          + " stop it");

  private final String title;
  private final Set<String> names;
  private final List<String> prefixes;
  private final String advice;

  KnownOwner(String title, Set<String> names, List<String> prefixes, String advice) {
    this.title = title;
    this.names = names;
    this.prefixes = prefixes;
    this.advice = advice;
  }

  /** The first of whose names some begin so. */
  static KnownOwner of(List<String> namesOfMapAndPrograms) {
    for (KnownOwner owner : values()) {
      Predicate<String> isIts = name -> owner.prefixes.stream().anyMatch(name::startsWith);
      if (namesOfMapAndPrograms.stream().anyMatch(isIts)) {
        return owner;
      }
    }
    return UNKNOWN;
  }

  /** For a sentence. */
  public String title() {
    return title;
  }

  /** What an operator can do, the end of a sentence. */
  public String advice() {
    return advice;
  }

  /** Whether an operator means it by a name. */
  boolean isMeantBy(String name) {
    return names.contains(name.toLowerCase(Locale.ROOT));
  }

  /** As metrics and JSON have it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
