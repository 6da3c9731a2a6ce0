package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

final class PodFactsTest {

  @Test
  void whatIsKeptOfAPodTellsTheSameAndNoMore() {
    Pod pod =
        Serialization.unmarshal(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: web
              namespace: default
              uid: 1b1b
              resourceVersion: "7"
              labels: {app: web}
              annotations:
                podwire.io/acceleration: disabled
                k8s.v1.cni.cncf.io/network-status: '[{"ips":["10.6.0.1","fd06::1"]}]'
                other: text
              managedFields: [{manager: kubelet}]
            spec:
              nodeName: worker-1
              hostNetwork: true
              containers: [{name: web, image: web}]
            status:
              phase: Succeeded
              podIP: 10.5.0.1
              podIPs: [{ip: 10.5.0.1}, {ip: "fd05::1"}]
              containerStatuses: [{name: web, ready: true}]
            """,
            Pod.class);

    Pod kept = PodFacts.essence(pod);

    assertThat(PodFacts.of(kept)).isEqualTo(PodFacts.of(pod));
    assertThat(kept.getSpec().getNodeName()).isEqualTo("worker-1");
    assertThat(kept.getMetadata().getUid()).isEqualTo("1b1b");
    assertThat(kept.getMetadata().getResourceVersion()).isEqualTo("7");
    assertThat(Serialization.asJson(kept)).doesNotContain("containers", "manage", "other", "ready");
  }

  @Test
  void aPodThatWasNotScheduledYetIsKeptToo() {
    Pod pod = Serialization.unmarshal("kind: Pod\nmetadata: {name: web}", Pod.class);

    assertThat(PodFacts.essence(pod)).isEqualTo(pod);
  }
}
