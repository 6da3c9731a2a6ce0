package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PodAddressesTest {

  @Test
  void theStatusHasBothFamiliesAndMultusNamesEveryInterface() {
    PodObject pod =
        pod(
            """
            [{"name":"macvlan","interface":"eth0","ips":["10.6.0.1","fd06::1"],"default":true},
             {"name":"sriov","interface":"net1","ips":["10.7.0.1"],"dns":{}},
             {"name":"rdma","interface":"net2"}]
            """);

    assertThat(PodAddresses.ofStatus(pod)).isEqualTo(FakeCluster.prefixes("10.5.0.1", "fd05::1"));
    assertThat(PodAddresses.named(pod))
        .isEqualTo(FakeCluster.prefixes("10.6.0.1", "fd06::1", "10.7.0.1"));
  }

  @Test
  void anAnnotationThatIsNoneNamesNothing() {
    assertThat(PodAddresses.named(pod("not json"))).isEmpty();
    assertThat(PodAddresses.named(pod("[{\"ips\":[\"nonsense\",\"\"]}]"))).isEmpty();
    assertThat(PodAddresses.named(new PodObject())).isEmpty();
    assertThat(PodAddresses.ofStatus(new PodObject())).isEmpty();
  }

  @Test
  void anAnnotationCannotNameTenThousandAddresses() {
    String ips =
        IntStream.range(0, 10_000)
            .mapToObj(i -> "\"10.0.%d.%d\"".formatted(i / 250, i % 250))
            .collect(Collectors.joining(",", "[{\"ips\":[", "]}]"));

    assertThat(PodAddresses.named(pod(ips))).hasSize(PodAddresses.MAX_NAMED);
  }

  @Test
  void aSpiderEndpointOfThisNodeTellsAllAddressesOfItsPod() {
    assertThat(PodAddresses.of(endpoint("uid: 1b1b, node: worker-1"), "worker-1"))
        .contains(
            new SpiderEndpointFacts(
                "1b1b", FakeCluster.prefixes("10.6.0.1", "fd06::1", "10.7.0.1")));
  }

  @Test
  void aSpiderEndpointOfAnotherNodeOrOfNoPodTellsNothing() {
    assertThat(PodAddresses.of(endpoint("uid: 1b1b, node: worker-1"), "worker-2")).isEmpty();
    assertThat(PodAddresses.of(endpoint("uid: 1b1b"), "worker-1")).isEmpty();
    assertThat(PodAddresses.of(endpoint("node: worker-1"), "worker-1")).isEmpty();
  }

  private static GenericKubernetesResource endpoint(String whose) {
    return Serialization.unmarshal(
        """
        apiVersion: spiderpool.spidernet.io/v2beta1
        kind: SpiderEndpoint
        metadata: {name: web, namespace: default}
        status:
          current: {%s, ips: [
            {interface: eth0, ipv4: 10.6.0.1/16, ipv6: "fd06::1/64", ipv4Pool: a, vlan: 0},
            {interface: net1, ipv4: 10.7.0.1/16}]}
        """
            .formatted(whose),
        GenericKubernetesResource.class);
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
