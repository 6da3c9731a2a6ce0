package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import org.junit.jupiter.api.Test;

final class PolicyFactsTest {

  private static final String CILIUM =
      """
      apiVersion: cilium.io/v2
      kind: CiliumNetworkPolicy
      metadata: {name: db, namespace: shop, resourceVersion: "%d"}
      specs:
        - endpointSelector: {matchLabels: {app: db}}
          ingress: [{fromEndpoints: [{matchLabels: {app: %s}}]}]
      status: {conditions: [{type: Valid, message: %s}]}
      """;

  private static final String CALICO =
      """
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkPolicy
      metadata: {name: db}
      spec: {selector: "app == 'db'", ingress: [{action: Allow}]}
      """;

  @Test
  void aPolicyOfAnotherKindMaySelectEveryPodOfItsNamespace() {
    assertThat(of(CILIUM.formatted(1, "web", "fine")).namespace()).contains("shop");
    assertThat(of(CALICO).namespace()).isEmpty();
  }

  @Test
  void whatItSaysChangesItsFingerprintAndItsStatusDoesNot() {
    PolicyFacts before = of(CILIUM.formatted(1, "web", "fine"));

    assertThat(of(CILIUM.formatted(2, "web", "bad"))).isEqualTo(before);
    assertThat(of(CILIUM.formatted(3, "api", "fine")).fingerprint())
        .isNotEqualTo(before.fingerprint());
  }

  @Test
  void twoKindsWithOneNameAreTwoPolicies() {
    assertThat(of(CALICO.replace("Global", "")).fingerprint())
        .isNotEqualTo(of(CALICO).fingerprint());
  }

  private static PolicyFacts of(String yaml) {
    return PolicyFacts.ofAnotherKind(
        KubernetesCluster.serialization().unmarshal(yaml, GenericKubernetesResource.class),
        KubernetesCluster.serialization());
  }
}
