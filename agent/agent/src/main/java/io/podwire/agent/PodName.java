package io.podwire.agent;

/**
 * Which Pod.
 *
 * @param namespace its namespace
 * @param name its name
 */
public record PodName(String namespace, String name) {

  /**
   * Reads {@code NAMESPACE/NAME}.
   *
   * @throws IllegalArgumentException where it is none
   */
  public static PodName parse(String text) {
    String[] words = text.split("/", -1);
    if (words.length != 2 || words[0].isBlank() || words[1].isBlank()) {
      throw new IllegalArgumentException("pod must be NAMESPACE/NAME, not " + text);
    }
    return new PodName(words[0], words[1]);
  }

  /** What people read: {@code NAMESPACE/NAME}. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
