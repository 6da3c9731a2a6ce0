package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The addresses of a pod.
 *
 * @param addresses those that are its own, and who says so
 * @param refused those that somebody named and that are not selected for it, and why
 */
record TrustedAddresses(Map<Prefix, AddressSource> addresses, Map<Prefix, String> refused) {

  /** These addresses, but for some that are refused too, each with the reason. */
  TrustedAddresses without(Map<Prefix, String> others) {
    Map<Prefix, AddressSource> left = new LinkedHashMap<>(addresses);
    left.keySet().removeAll(others.keySet());
    Map<Prefix, String> all = new LinkedHashMap<>(refused);
    all.putAll(others);
    return new TrustedAddresses(left, all);
  }
}
