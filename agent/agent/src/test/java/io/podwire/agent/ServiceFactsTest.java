package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ServiceFactsTest {

  @Test
  void aServiceHasTheAddressesThatTheClusterGaveIt() {
    assertThat(
            ServiceFacts.of(service("{clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, 'fd96::1']}")))
        .hasValue(new ServiceFacts(FakeCluster.prefixes("10.96.0.1", "fd96::1")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{clusterIP: None, clusterIPs: [None]}",
        "{type: ExternalName, externalName: example.com}"
      })
  void aServiceWithoutAnAddressOfItsOwnIsNotKept(String spec) {
    assertThat(ServiceFacts.of(service(spec))).isEmpty();
  }

  private static GenericKubernetesResource service(String spec) {
    return KubernetesCluster.serialization()
        .unmarshal(
            "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\nspec: "
                + spec,
            GenericKubernetesResource.class);
  }
}
