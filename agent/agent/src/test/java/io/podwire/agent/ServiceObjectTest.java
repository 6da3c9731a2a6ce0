package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ServiceObjectTest {

  @Test
  void aServiceHasTheAddressesThatTheClusterGaveIt() {
    assertThat(service("{clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, 'fd96::1']}").addresses())
        .hasValue(FakeCluster.prefixes("10.96.0.1", "fd96::1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{clusterIP: None, clusterIPs: [None]}",
        "{type: ExternalName, externalName: example.com}"
      })
  void aServiceWithoutAnAddressOfItsOwnIsNotKept(String spec) {
    assertThat(service(spec).addresses()).isEmpty();
  }

  private static ServiceObject service(String spec) {
    return KubernetesCluster.serialization()
        .unmarshal(
            "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\nspec: "
                + spec,
            ServiceObject.class);
  }
}
