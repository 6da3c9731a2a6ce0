package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ChooserTest {

  private final FakeCluster cluster = new FakeCluster();

  @Test
  void whereNobodySaysAnythingTheModeDecides() {
    cluster.pod("web", "10.6.0.1");

    assertThat(choose(Mode.OPT_OUT, "")).isEqualTo("true mode opt-out");
    assertThat(choose(Mode.OPT_IN, "")).isEqualTo("false mode opt-in");
  }

  @Test
  void theNamespaceOverridesTheModeAndThePodTheNamespace() {
    cluster.pod("web", "10.6.0.1");
    cluster.namespaces.put("default", Wish.DISABLED);
    assertThat(choose(Mode.OPT_OUT, "")).isEqualTo("false namespace says disabled");

    cluster.put("web", Optional.of(Wish.ENABLED), "10.6.0.1");
    assertThat(choose(Mode.OPT_OUT, "")).isEqualTo("true pod says enabled");
    assertThat(choose(Mode.OPT_IN, "")).isEqualTo("true pod says enabled");
  }

  @Test
  void noAnnotationSelectsWhatMustNotBe() {
    Optional<Wish> yes = Optional.of(Wish.ENABLED);
    cluster.pods.put("a", pod("default", yes, true, false));
    assertThat(choose(Mode.OPT_OUT, "")).startsWith("false host network");
    cluster.pods.put("a", pod("default", yes, false, true));
    assertThat(choose(Mode.OPT_OUT, "")).isEqualTo("false finished");
    cluster.pods.put("a", pod("kube-system", yes, false, false));
    assertThat(choose(Mode.OPT_OUT, "")).isEqualTo("false namespace is excluded");
    cluster.pods.put("a", pod("default", yes, false, false));
    assertThat(choose(Mode.OPT_OUT, "tier=gold")).isEqualTo("false pod selector does not match");
    cluster.put("a", yes);
    assertThat(choose(Mode.OPT_OUT, "")).isEqualTo("false no address yet");
  }

  @Test
  void addressesOfSpiderpoolAreAddedToThoseOfThePod() {
    cluster.pod("web", "10.6.0.1");
    cluster.endpoints.put("default/web", FakeCluster.prefixes("10.7.0.1", "10.6.0.1"));

    Choice choice = chooser(Mode.OPT_OUT, "").choose(cluster.view()).get(0);

    assertThat(choice.addresses()).isEqualTo(FakeCluster.prefixes("10.6.0.1", "10.7.0.1"));
  }

  private static PodFacts pod(
      String namespace, Optional<Wish> wish, boolean hostNetwork, boolean finished) {
    return new PodFacts(
        namespace,
        "a",
        Map.of(),
        wish,
        hostNetwork,
        finished,
        Set.copyOf(FakeCluster.prefixes("10.6.0.9")));
  }

  private static Chooser chooser(Mode mode, String selector) {
    return new Chooser(Configurations.of(mode, selector));
  }

  private String choose(Mode mode, String selector) {
    Choice choice = chooser(mode, selector).choose(cluster.view()).get(0);
    return choice.selected() + " " + choice.reason();
  }
}
