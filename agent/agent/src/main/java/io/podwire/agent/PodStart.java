package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the CNI plugin tells of a pod whose network was made, before its containers start.
 *
 * @param pod which
 * @param uid its UID; empty where the container runtime does not say it
 * @param sandbox for which that network was made: the runtime's id of it
 * @param addresses those that the plugins before gave it; at least one
 */
record PodStart(PodName pod, Optional<String> uid, String sandbox, Set<Prefix> addresses) {

  private static final List<String> REQUIRED = List.of("namespace", "name", "sandbox");

  /**
   * Reads {@code namespace=N&name=P&uid=U&sandbox=S&address=A&address=B}, of which the UID may be
   * missing.
   *
   * @throws IllegalArgumentException where it is no such text, with what is wrong
   */
  static PodStart parse(String query) {
    Map<String, String> fields = new HashMap<>();
    Set<Prefix> addresses = new LinkedHashSet<>();
    for (String field : query.split("&")) {
      String[] words = field.split("=", 2);
      String value = words.length < 2 ? "" : URLDecoder.decode(words[1], StandardCharsets.UTF_8);
      switch (words[0]) {
        case "address" -> addresses.add(Prefix.address(value));
        case "namespace", "name", "uid", "sandbox" -> fields.put(words[0], value);
        default -> throw new IllegalArgumentException("no such field: " + words[0]);
      }
    }
    if (!fields.keySet().containsAll(REQUIRED) || addresses.isEmpty()) {
      throw new IllegalArgumentException("namespace, name, sandbox and address have to be there");
    }
    return new PodStart(
        new PodName(fields.get("namespace"), fields.get("name")),
        Optional.ofNullable(fields.get("uid")),
        fields.get("sandbox"),
        addresses);
  }
}
