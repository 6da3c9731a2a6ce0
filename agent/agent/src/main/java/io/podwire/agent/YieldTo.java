package io.podwire.agent;

import io.podwire.datapath.SocketOwner;

/**
 * Pods whose sockets are left to another owner while it is loaded on the node.
 *
 * @param owner a name that {@link SocketOwner#isMeantBy} takes
 * @param pods labels that a pod must have to be left to it
 * @param text as it was written
 */
public record YieldTo(String owner, LabelRequirements pods, String text) {

  /**
   * Parses {@code NAME} or {@code NAME=SELECTOR}, for example {@code obi=traced=yes,tier!=test}.
   *
   * @throws IllegalArgumentException with a one-line message naming the text
   */
  public static YieldTo parse(String text) {
    String[] parts = text.strip().split("=", 2);
    String name = parts[0].strip();
    if (name.isEmpty()) {
      throw new IllegalArgumentException(
          "yield-to " + text + " names no owner: write for example obi, or obi=app=web");
    }
    LabelRequirements pods =
        parts.length == 1 ? LabelRequirements.NONE : LabelRequirements.parse(parts[1]);
    return new YieldTo(name, pods, text.strip());
  }

  /** Whether these pods are left to this owner. */
  boolean isTo(SocketOwner other) {
    return other.isMeantBy(owner);
  }
}
