package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PodAddressesTest {

  @Test
  void everyInterfaceOfMultusAndBothFamiliesOfTheStatusCount() {
    assertThat(
            PodAddresses.of(
                pod(
                    """
                    [{"name":"macvlan","interface":"eth0","ips":["10.6.0.1","fd06::1"],"default":true},
                     {"name":"sriov","interface":"net1","ips":["10.7.0.1"],"dns":{}},
                     {"name":"rdma","interface":"net2"}]
                    """)))
        .isEqualTo(FakeCluster.prefixes("10.6.0.1", "fd06::1", "10.7.0.1", "10.5.0.1", "fd05::1"));
  }

  @Test
  void anAnnotationThatIsNoneLeavesTheStatus() {
    assertThat(PodAddresses.of(pod("not json"))).hasSize(2);
    assertThat(PodAddresses.of(pod("[{\"ips\":[\"nonsense\",\"\"]}]"))).hasSize(2);
    assertThat(PodAddresses.of(new PodObject())).isEmpty();
  }

  @Test
  void aSpiderEndpointOfThisNodeTellsAllAddresses() {
    GenericKubernetesResource endpoint =
        Serialization.unmarshal(
            """
            apiVersion: spiderpool.spidernet.io/v2beta1
            kind: SpiderEndpoint
            metadata: {name: web, namespace: default}
            status:
              current:
                node: worker-1
                uid: 1b1b
                ips:
                - {interface: eth0, ipv4: 10.6.0.1/16, ipv6: "fd06::1/64", ipv4Pool: a, vlan: 0}
                - {interface: net1, ipv4: 10.7.0.1/16}
            """,
            GenericKubernetesResource.class);

    assertThat(PodAddresses.of(endpoint, "worker-1"))
        .isEqualTo(FakeCluster.prefixes("10.6.0.1", "fd06::1", "10.7.0.1"));
    assertThat(PodAddresses.of(endpoint, "worker-2")).isEmpty();
  }

  private static PodObject pod(String networkStatus) {
    PodObject pod =
        Serialization.unmarshal(
            "status: {podIP: 10.5.0.1, podIPs: [{ip: 10.5.0.1}, {ip: 'fd05::1'}]}",
            PodObject.class);
    pod.getMetadata().setAnnotations(Map.of(PodAddresses.NETWORK_STATUS, networkStatus));
    return pod;
  }
}
