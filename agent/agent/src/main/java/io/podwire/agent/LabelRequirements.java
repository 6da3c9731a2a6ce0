package io.podwire.agent;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Kubernetes label selector, as {@code kubectl --selector} writes it or as an object holds it.
 * None selects everything.
 */
public final class LabelRequirements {

  /** Met by any labels. */
  public static final LabelRequirements NONE = new LabelRequirements(List.of());

  private static final String KEY = "[A-Za-z0-9][-A-Za-z0-9_./]*";
  private static final Pattern SET =
      Pattern.compile("(" + KEY + ")\\s+(in|notin)\\s*\\(([^()]*)\\)");
  private static final Pattern EQUALITY =
      Pattern.compile("(" + KEY + ")\\s*(==?|!=)\\s*([-A-Za-z0-9_.]*)");
  private static final Pattern PRESENCE = Pattern.compile("(!?)\\s*(" + KEY + ")");

  private enum Operator {
    IN,
    NOT_IN,
    EXISTS,
    DOES_NOT_EXIST
  }

  private record Requirement(String key, Operator operator, Set<String> values) {

    boolean isMetBy(Map<String, String> labels) {
      boolean present = labels.containsKey(key);
      return switch (operator) {
        case IN -> present && values.contains(labels.get(key));
        case NOT_IN -> !present || !values.contains(labels.get(key));
        case EXISTS -> present;
        case DOES_NOT_EXIST -> !present;
      };
    }
  }

  private final List<Requirement> requirements;

  private LabelRequirements(List<Requirement> requirements) {
    this.requirements = List.copyOf(requirements);
  }

  /**
   * Parses {@code app=web,tier!=test,zone in (a, b),!legacy}.
   *
   * @throws IllegalArgumentException with a one-line message naming the text
   */
  public static LabelRequirements parse(String text) {
    List<Requirement> requirements = new ArrayList<>();
    for (String part : text.split(",(?![^()]*\\))")) {
      if (!part.isBlank()) {
        requirements.add(requirement(part.strip(), text));
      }
    }
    return new LabelRequirements(requirements);
  }

  private static Requirement requirement(String part, String text) {
    Matcher set = SET.matcher(part);
    if (set.matches()) {
      return new Requirement(
          set.group(1),
          set.group(2).equals("in") ? Operator.IN : Operator.NOT_IN,
          Set.copyOf(List.of(set.group(3).strip().split("\\s*,\\s*"))));
    }
    Matcher equality = EQUALITY.matcher(part);
    if (equality.matches()) {
      return new Requirement(
          equality.group(1),
          equality.group(2).equals("!=") ? Operator.NOT_IN : Operator.IN,
          Set.of(equality.group(3)));
    }
    Matcher presence = PRESENCE.matcher(part);
    if (presence.matches()) {
      return new Requirement(
          presence.group(2),
          presence.group(1).isEmpty() ? Operator.EXISTS : Operator.DOES_NOT_EXIST,
          Set.of());
    }
    throw new IllegalArgumentException(
        text + " is not a label selector: write for example app=web,tier!=test,zone in (a,b)");
  }

  /** The requirements of an object's selector; null and an empty one select everything. */
  static LabelRequirements of(LabelSelector selector) {
    if (selector == null) {
      return NONE;
    }
    List<Requirement> requirements = new ArrayList<>();
    if (selector.getMatchLabels() != null) {
      selector
          .getMatchLabels()
          .forEach(
              (key, value) -> requirements.add(new Requirement(key, Operator.IN, Set.of(value))));
    }
    for (LabelSelectorRequirement expression : selector.getMatchExpressions()) {
      requirements.add(
          new Requirement(
              expression.getKey(),
              switch (expression.getOperator()) {
                case "In" -> Operator.IN;
                case "NotIn" -> Operator.NOT_IN;
                case "Exists" -> Operator.EXISTS;
                default -> Operator.DOES_NOT_EXIST;
              },
              Set.copyOf(expression.getValues())));
    }
    return new LabelRequirements(requirements);
  }

  /** Whether an object with these labels is selected. */
  public boolean areMetBy(Map<String, String> labels) {
    return requirements.stream().allMatch(requirement -> requirement.isMetBy(labels));
  }
}
