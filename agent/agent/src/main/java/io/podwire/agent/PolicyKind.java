package io.podwire.agent;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kind of policy that is not Kubernetes' own NetworkPolicy.
 *
 * @param group its API group, such as {@code cilium.io}
 * @param version of that, such as {@code v2}
 * @param kind its name, such as {@code CiliumNetworkPolicy}
 */
public record PolicyKind(String group, String version, String kind) {

  private static final Pattern FORM =
      Pattern.compile("([a-z0-9.-]+\\.[a-z0-9.-]+)/(v[a-z0-9]+)/([A-Z][A-Za-z0-9]*)");

  /**
   * Parses {@code GROUP/VERSION/KIND}.
   *
   * @throws IllegalArgumentException with a one-line message naming the text
   */
  public static PolicyKind parse(String text) {
    Matcher parts = FORM.matcher(text.strip());
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          text
              + " is no kind of policy: write GROUP/VERSION/KIND, for example"
              + " cilium.io/v2/CiliumNetworkPolicy");
    }
    return new PolicyKind(parts.group(1), parts.group(2), parts.group(3));
  }

  String groupVersion() {
    return group + "/" + version;
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return groupVersion() + "/" + kind;
  }
}
