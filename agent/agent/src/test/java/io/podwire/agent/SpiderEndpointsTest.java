package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SpiderEndpointsTest {

  private final ApiInMemory api = new ApiInMemory();
  private final AtomicInteger changes = new AtomicInteger();
  private final SpiderEndpoints endpoints =
      new SpiderEndpoints(api.observed(), "worker-1", changes::incrementAndGet);

  @AfterEach
  void close() {
    endpoints.close();
    api.close();
  }

  @Test
  void anEndpointIsFoundByTheNameOfItsPodAndNoOtherIsRead() {
    create("web", "uid-web", "worker-1", "10.7.0.1/16");
    create("other", "uid-other", "worker-2", "10.7.0.2/16");
    List<PodFacts> pods = List.of(pod("web", "uid-web", "10.6.0.1"));

    awaitFound(pods, "10.7.0.1");

    assertThat(api.rights()).containsExactly("get spiderendpoints");
    assertThat(changes).hasValue(1);
  }

  @Test
  void oneThatIsWrittenBeforeItsPodHasAnAddressIsFoundWithoutAChangeOfThePod() {
    List<PodFacts> pods = List.of(pod("web", "uid-web"));
    assertThat(endpoints.of(pods)).isEmpty();

    create("web", "uid-web", "worker-1", "10.7.0.1/16");

    await().untilAsserted(() -> assertThat(changes).hasValue(1));
    awaitFound(pods, "10.7.0.1");
  }

  @Test
  void aChangedPodIsAskedForAgainAndOneThatIsGoneIsForgotten() {
    List<PodFacts> before = List.of(pod("web", "uid-web", "10.6.0.1"));
    endpoints.of(before);
    await().until(() -> api.rights().contains("get spiderendpoints"));
    create("web", "uid-web", "worker-1", "10.7.0.1/16");

    awaitFound(List.of(pod("web", "uid-web", "10.6.0.1", "10.6.0.2")), "10.7.0.1");

    await().until(() -> endpoints.of(List.of()).isEmpty());
  }

  /** Of a StatefulSet it keeps its name, and of a virtual machine the machine's. */
  @Test
  void theEndpointOfThePodBeforeIsNotThePods() {
    create("db-0", "uid-of-the-pod-before", "worker-1", "10.7.0.1/16");
    create("web", "uid-web", "worker-1", "10.7.0.2/16");
    PodFacts successor = pod("db-0", "uid-db", "10.6.0.1");
    endpoints.of(List.of(successor));

    // which is asked for after it
    awaitFound(List.of(successor, pod("web", "uid-web", "10.6.0.2")), "10.7.0.2");
  }

  @Test
  void theEndpointOfAVirtualMachineHasTheMachinesName() {
    create("vm-1", "uid-launcher", "worker-1", "10.7.0.1/16");
    PodObject launcher = object("virt-launcher-vm-1-abcde", "uid-launcher", "10.6.0.1");
    launcher
        .getMetadata()
        .setOwnerReferences(
            List.of(
                new OwnerReferenceBuilder()
                    .withApiVersion("kubevirt.io/v1")
                    .withKind("VirtualMachineInstance")
                    .withName("vm-1")
                    .withController(true)
                    .build()));

    awaitFound(List.of(PodFacts.of(launcher)), "10.7.0.1");
  }

  @Test
  void whereTheyMayNotBeReadThatIsSaidAndTheyAreAskedForAgain() {
    create("web", "uid-web", "worker-1", "10.7.0.1/16");
    api.forbid("GET /apis/spiderpool.spidernet.io");
    List<PodFacts> pods = List.of(pod("web", "uid-web", "10.6.0.1"));
    endpoints.of(pods);
    await().until(() -> !endpoints.areRead());

    api.forbid("nothing");
    endpoints.askAgain();

    awaitFound(pods, "10.7.0.1");
    assertThat(endpoints.areRead()).isTrue();
  }

  private void awaitFound(Collection<PodFacts> pods, String address) {
    await()
        .untilAsserted(
            () ->
                assertThat(endpoints.of(pods).values())
                    .extracting(SpiderEndpointFacts::addresses)
                    .containsExactly(FakeCluster.prefixes(address)));
  }

  private void create(String name, String uid, String node, String address) {
    GenericKubernetesResource endpoint =
        KubernetesCluster.serialization()
            .unmarshal(
                """
                apiVersion: spiderpool.spidernet.io/v2beta1
                kind: SpiderEndpoint
                metadata: {name: %s, namespace: default}
                status:
                  current: {uid: %s, node: %s, ips: [{interface: net1, ipv4: %s, vlan: 0}]}
                """
                    .formatted(name, uid, node, address),
                GenericKubernetesResource.class);
    api.client()
        .genericKubernetesResources(SpiderEndpoints.KIND)
        .inNamespace("default")
        .resource(endpoint)
        .create();
  }

  private static PodFacts pod(String name, String uid, String... addresses) {
    return PodFacts.of(object(name, uid, addresses));
  }

  private static PodObject object(String name, String uid, String... addresses) {
    String ips =
        String.join(",", List.of(addresses).stream().map(ip -> "{ip: " + ip + "}").toList());
    return KubernetesCluster.serialization()
        .unmarshal(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s, namespace: default, uid: %s}
            spec: {nodeName: worker-1}
            status: {phase: Running, podIPs: [%s]}
            """
                .formatted(name, uid, ips),
            PodObject.class);
  }
}
