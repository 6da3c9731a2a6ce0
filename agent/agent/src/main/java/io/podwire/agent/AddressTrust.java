package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Which of the addresses that are named as a pod's are its own (docs/operations.md). What it came
 * to is kept for as long as a pod does not change, but for addresses that nothing confirms: those
 * are looked for again, ever less often.
 */
final class AddressTrust {

  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofSeconds(60);
  private static final Prefix BROADCAST = Prefix.address("255.255.255.255");

  /** The addresses of a pod, what they were worked out from, and when to look again. */
  private record Outcome(
      Optional<SpiderEndpointFacts> spiderEndpoint,
      Set<Prefix> given,
      Set<Prefix> nodeAddresses,
      TrustedAddresses addresses,
      Optional<Retry> retry) {}

  private record Retry(long at, Duration after) {}

  private final PodNamespaces namespaces;
  private final LongSupplier nanoTime;
  private IdentityHashMap<PodFacts, Outcome> before = new IdentityHashMap<>();
  private IdentityHashMap<PodFacts, Outcome> now = new IdentityHashMap<>();

  AddressTrust(PodNamespaces namespaces) {
    this(namespaces, System::nanoTime);
  }

  AddressTrust(PodNamespaces namespaces, LongSupplier nanoTime) {
    this.namespaces = namespaces;
    this.nanoTime = nanoTime;
  }

  /** Begins a pass; pods that no pass asks for any more are forgotten by the next one. */
  void beginPass() {
    before = now;
    now = new IdentityHashMap<>();
  }

  /**
   * The addresses of a pod.
   *
   * @param spiderEndpoint the pod's, or that of another of its name
   * @param given what the CNI plugin told of it
   * @param nodeAddresses which are no pod's; the same object for as long as they are the same
   */
  TrustedAddresses of(
      PodFacts pod,
      Optional<SpiderEndpointFacts> spiderEndpoint,
      Set<Prefix> given,
      Set<Prefix> nodeAddresses) {
    Outcome old = before.get(pod);
    Outcome outcome =
        old != null
                && old.nodeAddresses() == nodeAddresses
                && old.spiderEndpoint().equals(spiderEndpoint)
                && old.given().equals(given)
                && old.retry().map(retry -> nanoTime.getAsLong() - retry.at() < 0).orElse(true)
            ? old
            : look(
                pod,
                spiderEndpoint,
                given,
                nodeAddresses,
                Optional.ofNullable(old).flatMap(Outcome::retry));
    now.put(pod, outcome);
    return outcome.addresses();
  }

  /** Nanoseconds until a pass finds out more of the pods that there are; empty where none does. */
  OptionalLong nextRetry() {
    long begin = nanoTime.getAsLong();
    return now.values().stream()
        .flatMap(outcome -> outcome.retry().stream())
        .mapToLong(retry -> Math.max(0, retry.at() - begin))
        .min();
  }

  private Outcome look(
      PodFacts pod,
      Optional<SpiderEndpointFacts> spiderEndpoint,
      Set<Prefix> given,
      Set<Prefix> nodeAddresses,
      Optional<Retry> last) {
    Map<Prefix, AddressSource> addresses = new LinkedHashMap<>();
    pod.addresses().forEach(address -> addresses.put(address, AddressSource.STATUS));
    spiderEndpoint
        .filter(of -> of.uid().equals(pod.uid()))
        .ifPresent(
            of -> of.addresses().forEach(a -> addresses.putIfAbsent(a, AddressSource.SPIDERPOOL)));
    given.forEach(address -> addresses.putIfAbsent(address, AddressSource.CNI));
    Map<Prefix, String> refused = new LinkedHashMap<>();
    Optional<Retry> retry = Optional.empty();
    if (!pod.hostNetwork() && !pod.finished()) {
      for (Prefix named : pod.named()) {
        if (!addresses.containsKey(named)) {
          whyNotAPods(named, nodeAddresses)
              .ifPresentOrElse(
                  why -> refused.put(named, why),
                  () -> addresses.put(named, AddressSource.NAMESPACE));
        }
      }
      if (addresses.containsValue(AddressSource.NAMESPACE) && !confirm(pod, addresses, refused)) {
        retry = Optional.of(next(last));
      }
      addresses
          .keySet()
          .removeIf(
              address -> {
                Optional<String> why = whyNotAPods(address, nodeAddresses);
                why.ifPresent(text -> refused.put(address, text));
                return why.isPresent();
              });
    }
    return new Outcome(
        spiderEndpoint, given, nodeAddresses, new TrustedAddresses(addresses, refused), retry);
  }

  /** Refuses those that the pod's network namespace does not have; whether it has all. */
  private boolean confirm(
      PodFacts pod, Map<Prefix, AddressSource> addresses, Map<Prefix, String> refused) {
    Optional<Set<Prefix>> present = namespaces.addresses(pod.uid());
    String why =
        present.isPresent()
            ? "it is on no interface in the pod's network namespace"
            : "no process of the pod is seen in " + namespaces;
    return !addresses
        .entrySet()
        .removeIf(
            entry -> {
              boolean unknown =
                  entry.getValue() == AddressSource.NAMESPACE
                      && !present.orElseGet(Set::of).contains(entry.getKey());
              if (unknown) {
                refused.put(entry.getKey(), "no trusted source confirms it: " + why);
              }
              return unknown;
            });
  }

  private Retry next(Optional<Retry> last) {
    Duration doubled = last.map(retry -> retry.after().multipliedBy(2)).orElse(FIRST_RETRY);
    Duration after = doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
    return new Retry(nanoTime.getAsLong() + after.toNanos(), after);
  }

  /** Why an address is no pod's, whoever names it. */
  private static Optional<String> whyNotAPods(Prefix address, Set<Prefix> nodeAddresses) {
    if (nodeAddresses.contains(address)) {
      return Optional.of("it is the node's");
    }
    InetAddress ip;
    try {
      ip = InetAddress.getByName(address.toString()); // a literal: nobody is asked
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
    if (ip.isLoopbackAddress()) {
      return Optional.of("it is a loopback address");
    }
    if (ip.isLinkLocalAddress()) {
      return Optional.of("it is a link-local address");
    }
    if (ip.isMulticastAddress()) {
      return Optional.of("it is a multicast address");
    }
    if (address.equals(BROADCAST)) {
      return Optional.of("it is the broadcast address");
    }
    return ip.isAnyLocalAddress() ? Optional.of("it is the unspecified address") : Optional.empty();
  }
}
