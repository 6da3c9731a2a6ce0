package io.podwire.clusterbench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podwire.bench.run.BenchOptions;
import io.podwire.bench.run.Profile;
import io.podwire.cluster.Api;
import io.podwire.cluster.ClusterPlace;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClusterBenchTest {

  @TempDir private Path directory;
  private final Api api = new Api();

  @AfterEach
  void nothingIsLeft() {
    assertThat(api.sockperfPods()).isEmpty();
    api.close();
  }

  @Test
  void aNodeThatIsNotThereIsSaid() {
    refused("worker-9", "there is no node worker-9");
  }

  @Test
  void aNodeWithoutAnAgentIsSaid() {
    refused(Api.NODE, "no agent runs on node worker-1");
  }

  @Test
  void anAgentThatDoesNotRunIsSaid() {
    api.createAgent(Api.waiting("agent", "PodInitializing", null));
    refused(
        Api.NODE,
        "the agent of node worker-1 does not run: pod podwire/podwire-agent-x: phase Pending: see kubectl describe pod");
  }

  @Test
  void whatTheApiServerForbidsIsSaid() {
    api.forbid("GET /api/v1/nodes");
    refused(Api.NODE, "not allowed to read node worker-1: use an admin's kubeconfig");
    api.forbid("GET /api/v1/pods");
    refused(Api.NODE, "not allowed: forbidden: GET /api/v1/pods");
    api.forbid("none");
  }

  private void refused(String node, String why) {
    assertThatThrownBy(
            () ->
                ClusterBench.run(
                    api.client(),
                    new BenchOptions(
                        Profile.QUICK,
                        2,
                        Optional.of(1),
                        List.of(14),
                        List.of(Placement.SAME),
                        0,
                        false,
                        List.of(),
                        List.of(),
                        directory),
                    new ClusterPlace(node, "default", Optional.empty()),
                    Progress.NONE,
                    line -> {}))
        .hasMessageContaining(why);
  }
}
