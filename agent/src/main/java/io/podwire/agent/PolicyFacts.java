package io.podwire.agent;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
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

  static PolicyFacts of(NetworkPolicy policy, KubernetesSerialization serialization) {
    return new PolicyFacts(
        policy.getMetadata().getNamespace(),
        policy.getMetadata().getName(),
        LabelRequirements.of(policy.getSpec() == null ? null : policy.getSpec().getPodSelector()),
        31 * policy.getMetadata().getName().hashCode()
            + serialization.asJson(policy.getSpec()).hashCode());
  }

  boolean selects(PodFacts pod) {
    return namespace.equals(pod.namespace()) && pods.areMetBy(pod.labels());
  }
}
