package io.podwire.agent;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.Map;
import java.util.Optional;

/** What the annotation, or else the label, {@code podwire.io/acceleration} of an object says. */
enum AccelerationAnnotation {
  ENABLED,
  DISABLED;

  /** The key of the annotation or label. */
  static final String KEY = "podwire.io/acceleration";

  /** Empty where neither is there, or says something else. */
  static Optional<AccelerationAnnotation> of(ObjectMeta object) {
    return of(object.getAnnotations()).or(() -> of(object.getLabels()));
  }

  private static Optional<AccelerationAnnotation> of(Map<String, String> texts) {
    String text = texts == null ? null : texts.get(KEY);
    if ("enabled".equals(text)) {
      return Optional.of(ENABLED);
    }
    return "disabled".equals(text) ? Optional.of(DISABLED) : Optional.empty();
  }
}
