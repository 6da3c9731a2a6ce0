package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PolicyKindTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cilium.io/v2/CiliumClusterwideNetworkPolicy",
        "crd.projectcalico.org/v1/GlobalNetworkPolicy",
        "policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy"
      })
  void aKindIsNamedByItsGroupAndVersion(String text) {
    assertThat(PolicyKind.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"CiliumNetworkPolicy", "v1/Pod", "cilium.io/CiliumNetworkPolicy", "cilium.io/v2/"})
  void anythingElseIsRefusedByItsName(String text) {
    assertThatThrownBy(() -> PolicyKind.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            text
                + " is no kind of policy: write GROUP/VERSION/KIND, for example"
                + " cilium.io/v2/CiliumNetworkPolicy");
  }
}
