package io.podwire.agent;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the agent knows of a policy.
 *
 * @param namespace whose pods it can select; empty where it can select those of all
 * @param name its name
 * @param pods which of those it selects
 * @param fingerprint of all that it says
 */
record PolicyFacts(
    Optional<String> namespace, String name, LabelRequirements pods, int fingerprint) {

  /** Of a NetworkPolicy. */
  static PolicyFacts of(GenericKubernetesResource policy, KubernetesSerialization serialization) {
    return new PolicyFacts(
        Optional.of(policy.getMetadata().getNamespace()),
        policy.getMetadata().getName(),
        LabelRequirements.of(
            serialization.convertValue(policy.get("spec", "podSelector"), LabelSelector.class)),
        31 * policy.getMetadata().getName().hashCode()
            + serialization.asJson(policy.<Object>get("spec")).hashCode());
  }

  /**
   * Of a policy of another kind. Each kind has a language of its own for whom it selects, so all
   * pods of its namespace count as selected, and of one without a namespace all pods.
   */
  static PolicyFacts ofAnotherKind(
      GenericKubernetesResource policy, KubernetesSerialization serialization) {
    Map<String, Object> says = new LinkedHashMap<>(policy.getAdditionalProperties());
    says.remove("status"); // of who enforces it
    return new PolicyFacts(
        Optional.ofNullable(policy.getMetadata().getNamespace()),
        policy.getMetadata().getName(),
        LabelRequirements.NONE,
        31 * (policy.getKind() + "/" + policy.getMetadata().getName()).hashCode()
            + serialization.asJson(says).hashCode());
  }

  boolean selects(PodFacts pod) {
    return namespace.map(pod.namespace()::equals).orElse(true) && pods.areMetBy(pod.labels());
  }
}
