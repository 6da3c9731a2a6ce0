package io.podwire.agent;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/**
 * What the agent knows of a NetworkPolicy.
 *
 * @param namespace its namespace, whose pods it can select
 * @param name its name
 * @param pods which of those it selects
 * @param fingerprint of all that it says
 */
record PolicyFacts(String namespace, String name, LabelRequirements pods, int fingerprint) {

  static PolicyFacts of(GenericKubernetesResource policy, KubernetesSerialization serialization) {
    return new PolicyFacts(
        policy.getMetadata().getNamespace(),
        policy.getMetadata().getName(),
        LabelRequirements.of(
            serialization.convertValue(policy.get("spec", "podSelector"), LabelSelector.class)),
        31 * policy.getMetadata().getName().hashCode()
            + serialization.asJson(policy.<Object>get("spec")).hashCode());
  }

  boolean selects(PodFacts pod) {
    return namespace.equals(pod.namespace()) && pods.areMetBy(pod.labels());
  }
}
