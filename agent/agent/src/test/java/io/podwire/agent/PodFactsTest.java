package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PodFactsTest {

  @Test
  void aPodIsReadAsTheApiServerWritesIt() {
    PodObject pod =
        pod(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: web
              namespace: default
              uid: 1b1b
              labels: {app: web}
              annotations:
                podwire.io/acceleration: disabled
                k8s.v1.cni.cncf.io/network-status: '[{"ips":["10.6.0.1","fd06::1"]}]'
              managedFields: [{manager: kubelet, fieldsV1: {"f:status": {}}}]
              ownerReferences: [{kind: ReplicaSet, name: web, uid: 2c2c}]
            spec:
              nodeName: worker-1
              hostNetwork: true
              containers: [{name: web, image: web}]
            status:
              phase: Succeeded
              podIP: 10.5.0.1
              podIPs: [{ip: 10.5.0.1}, {ip: "fd05::1"}]
              containerStatuses: [{name: web, ready: true}]
            """);

    assertThat(PodFacts.of(pod))
        .isEqualTo(
            new PodFacts(
                "default",
                "web",
                "1b1b",
                "pod/web",
                Map.of("app", "web"),
                Optional.of(AccelerationAnnotation.DISABLED),
                true,
                true,
                FakeCluster.prefixes("10.5.0.1", "fd05::1"),
                FakeCluster.prefixes("10.6.0.1", "fd06::1")));
    assertThat(pod.spec().nodeName()).isEqualTo("worker-1");
    assertThat(pod.getMetadata().getUid()).isEqualTo("1b1b");
    assertThat(pod.getMetadata().getManagedFields()).as("is large, and not read").isEmpty();
  }

  @Test
  void aPodThatWasNotScheduledYetHasNoNodeAndNoAddress() {
    PodObject pod = pod("kind: Pod\nmetadata: {name: web, namespace: default}\nspec: {}");

    assertThat(pod.spec().nodeName()).isNull();
    assertThat(PodFacts.of(pod).addresses()).isEmpty();
    assertThat(PodFacts.of(pod).hostNetwork()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "Deployment's,  ReplicaSet,  web-7d9f8b6c5d, 7d9f8b6c5d, true,  deployment/web",
    "by itself,     ReplicaSet,  web-7d9f8b6c5d, ,           true,  replicaset/web-7d9f8b6c5d",
    "of that hash,  ReplicaSet,  7d9f8b6c5d,     7d9f8b6c5d, true,  replicaset/7d9f8b6c5d",
    "StatefulSet,   StatefulSet, db,             ,           true,  statefulset/db",
    "Job,           Job,         nightly-289,    ,           true,  job/nightly-289",
    "not its maker, StatefulSet, db,             ,           false, pod/x",
  })
  void theWorkloadOfAPodIsWhatMadeIt(
      String what, String kind, String owner, String hash, boolean controller, String workload) {
    PodObject pod =
        pod(
            """
            kind: Pod
            metadata:
              name: x
              namespace: default
              labels: {%s}
              ownerReferences: [{kind: %s, name: %s, uid: 2c2c, controller: %s}]
            """
                .formatted(
                    hash == null ? "" : "pod-template-hash: " + hash, kind, owner, controller));

    assertThat(PodFacts.of(pod).workload()).as(what).isEqualTo(workload);
  }

  @Test
  void isKnownToTheApiServerByItsKind() {
    PodObject pod = new PodObject();

    assertThat(pod.getKind()).isEqualTo("Pod");
    assertThat(pod.getApiVersion()).isEqualTo("v1");
    assertThat(pod.getPlural()).isEqualTo("pods");
  }

  private static PodObject pod(String yaml) {
    return KubernetesCluster.serialization().unmarshal(yaml, PodObject.class);
  }
}
