package io.podwire.datapath;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What came of an attempt to have connections join that are open already.
 *
 * @param namespaces network namespaces that were looked into
 * @param denied processes whose namespaces this one was not allowed to see
 * @param found connections by what became of them; those that are zero are left out
 * @param cpu CPU time that it took
 */
public record Adoption(int namespaces, int denied, Map<Finding, Integer> found, Duration cpu) {

  /** Of an attempt that found nothing. */
  public static final Adoption NOTHING = new Adoption(0, 0, Map.of(), Duration.ZERO);

  /** Connections between two selected pods of this node that had not joined. */
  public int pairs() {
    return found.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Connections that joined, and had not before. */
  public int adopted() {
    return found.getOrDefault(Finding.ADOPTED, 0);
  }

  /** Whether some connection joined. */
  public boolean hasJoined() {
    return adopted() + returned() > 0;
  }

  /** Connections that joined again, after they had gone back to TCP. */
  public int returned() {
    return found.getOrDefault(Finding.RETURNED, 0);
  }

  /** How many connections are to be tried again, by what kept them. */
  public Map<Finding, Integer> busy() {
    return only(Finding::isBusy);
  }

  /** How many connections stay TCP's, by the reason. */
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
