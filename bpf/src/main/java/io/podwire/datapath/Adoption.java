package io.podwire.datapath;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What came of an attempt to have connections join that are open already.
 *
 * @param namespaces network namespaces that were looked into
 * @param found connections by what became of them; those that are zero are left out
 */
public record Adoption(int namespaces, Map<Finding, Integer> found) {

  /** Of those that joined, and of how the others were found at last. */
  static Adoption of(int namespaces, Map<Finding, Integer> joined, Map<Finding, Integer> last) {
    Map<Finding, Integer> found = new EnumMap<>(last);
    found.putAll(joined);
    found.values().removeIf(count -> count == 0);
    return new Adoption(namespaces, found);
  }

  /** Connections between two selected pods of this node that had not joined. */
  public int pairs() {
    return found.values().stream().mapToInt(Integer::intValue).sum();
  }

  public int adopted() {
    return found.getOrDefault(Finding.ADOPTED, 0);
  }

  public int returned() {
    return found.getOrDefault(Finding.RETURNED, 0);
  }

  /** Those to be tried again, by what kept them. */
  public Map<Finding, Integer> busy() {
    return only(Finding::isBusy);
  }

  /** Those that stay TCP's, by the reason. */
  public Map<Finding, Integer> refused() {
    return only(Finding::isRefused);
  }

  private Map<Finding, Integer> only(Predicate<Finding> wanted) {
    return found.entrySet().stream()
        .filter(entry -> wanted.test(entry.getKey()))
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                Map.Entry::getValue,
                Integer::sum,
                () -> new EnumMap<>(Finding.class)));
  }
}
