package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.podwire.datapath.Prefix;
import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The CNI plugin and the agent as processes: what becomes of what it tells. */
final class CniPluginIT extends RunningAgent {

  private CniPlugin plugin;

  @BeforeEach
  void namePlugin() {
    plugin = new CniPlugin(directory.resolve("cni.sock").toString());
  }

  @Test
  void whatTheCniPluginTellsIsDecidedOnAsAlwaysAndGoesWithThePod() throws Exception {
    start("--cni-socket", plugin.socket());
    InetAddress address = client.ipv4();
    Pod quiet =
        api.createPodWithoutAddress(
            "quiet", ApiServer.NODE, Map.of("podwire.io/acceleration", "disabled"));
    Pod stranger = api.createPodWithoutAddress("stranger", "worker-2", Map.of());
    Pod web = api.createPodWithoutAddress("web");

    assertThat(plugin.add("quiet", quiet.getMetadata().getUid(), address)).isEmpty();
    assertThat(plugin.add("stranger", stranger.getMetadata().getUid(), address)).contains("404");
    assertThat(plugin.add("nobody", "uid-of-nobody", address)).contains("404");
    assertThat(plugin.add("web", "uid-of-another", address)).contains("404");
    assertThat(plugin.add("web", web.getMetadata().getUid(), address("127.0.0.1"))).isEmpty();
    assertThat(datapath.selection()).isEmpty();

    api.deletePod("quiet"); // while it has the address too, that is off
    await().until(() -> plugin.add("web", web.getMetadata().getUid(), address).isEmpty());
    await().until(() -> datapath.selection().containsKey(Prefix.of(address)));
    assertThat(datapath.selection()).hasSize(1);

    api.deletePod("web");
    await().until(() -> datapath.selection().isEmpty());
  }

  @Test
  void aPodThatTheWatchDoesNotShowYetIsAskedForByItsName() throws Exception {
    AgentProcess agent = start("--cni-socket", plugin.socket());

    api.objects()
        .outrun(
            () -> {
              Pod web = api.createPodWithoutAddress("web");
              assertThat(plugin.add("web", web.getMetadata().getUid(), client.ipv4())).isEmpty();
              assertThat(datapath.selection()).containsOnlyKeys(Prefix.of(client.ipv4()));
            });

    // one that no pass has seen in the watch would be forgotten only after a minute
    api.addressPod("web", client.ipv4());
    await().until(() -> agent.get("/pods").contains("status"));
    api.deletePod("web");
    await().until(() -> datapath.selection().isEmpty());
  }

  @Test
  void anAgentThatIsNotReadyTellsSoAndThePodStarts() throws Exception {
    api.stop();
    AgentProcess agent = launch("--cni-socket", plugin.socket());
    await().until(() -> agent.get("/healthz").startsWith("200"));

    assertThat(plugin.add("web", "uid-of-web", client.ipv4()))
        .contains("the agent at " + plugin.socket());
    api.resume();
  }
}
