package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Prefix;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class PodDecisionsTest {

  private final FakeCluster cluster = new FakeCluster();

  @Test
  void whereNobodySaysAnythingTheModeDecides() {
    cluster.pod("web", "10.6.0.1");

    assertThat(decide(SelectionMode.OPT_OUT, "")).isEqualTo("true mode opt-out");
    assertThat(decide(SelectionMode.OPT_IN, "")).isEqualTo("false mode opt-in");
  }

  @Test
  void theNamespaceOverridesTheModeAndThePodTheNamespace() {
    cluster.pod("web", "10.6.0.1");
    cluster.namespaces.put("default", AccelerationAnnotation.DISABLED);
    assertThat(decide(SelectionMode.OPT_OUT, "")).isEqualTo("false namespace says disabled");

    cluster.put("web", Optional.of(AccelerationAnnotation.ENABLED), "10.6.0.1");
    assertThat(decide(SelectionMode.OPT_OUT, "")).isEqualTo("true pod says enabled");
    assertThat(decide(SelectionMode.OPT_IN, "")).isEqualTo("true pod says enabled");
  }

  @Test
  void noAnnotationSelectsWhatMustNotBe() {
    Optional<AccelerationAnnotation> yes = Optional.of(AccelerationAnnotation.ENABLED);
    cluster.pods.put("a", pod("default", yes, true, false));
    assertThat(decide(SelectionMode.OPT_OUT, "")).startsWith("false host network");
    cluster.pods.put("a", pod("default", yes, false, true));
    assertThat(decide(SelectionMode.OPT_OUT, "")).isEqualTo("false finished");
    cluster.pods.put("a", pod("kube-system", yes, false, false));
    assertThat(decide(SelectionMode.OPT_OUT, "")).isEqualTo("false namespace is excluded");
    cluster.pods.put("a", pod("default", yes, false, false));
    assertThat(decide(SelectionMode.OPT_OUT, "tier=gold"))
        .isEqualTo("false pod selector does not match");
    cluster.put("a", yes);
    assertThat(decide(SelectionMode.OPT_OUT, "")).isEqualTo("false no address yet");
  }

  @Test
  void anAddressThatTwoPodsHaveIsOffIfEitherSaysOff() {
    cluster.put("off", Optional.of(AccelerationAnnotation.DISABLED), "10.6.0.1");
    cluster.put("on", Optional.of(AccelerationAnnotation.ENABLED), "10.6.0.1", "10.6.0.2");

    PodDecision on = decisions(SelectionMode.OPT_OUT).get(1);

    assertThat(on.selected()).isTrue();
    assertThat(on.addresses()).isEqualTo(FakeCluster.prefixes("10.6.0.2"));
    assertThat(on.trusted().refused())
        .containsValue("pod default/off has it too, and is not selected");
    cluster.put("on", Optional.of(AccelerationAnnotation.ENABLED), "10.6.0.1");
    assertThat(decisions(SelectionMode.OPT_OUT).get(1).selected()).isFalse();
  }

  @Test
  void anExcludedNamespaceAndOptInHoldForAnAddressThatAnotherPodHasToo() {
    cluster.put("on", Optional.of(AccelerationAnnotation.ENABLED), "10.6.0.9");
    cluster.pods.put("a", pod("kube-system", Optional.empty(), false, false));
    assertThat(decisions(SelectionMode.OPT_OUT)).noneMatch(PodDecision::selected);

    cluster.pods.put("a", pod("default", Optional.empty(), false, false));
    assertThat(decisions(SelectionMode.OPT_IN)).noneMatch(PodDecision::selected);
    assertThat(decisions(SelectionMode.OPT_OUT)).allMatch(PodDecision::selected);
  }

  @Test
  void aPodThatIsFinishedKeepsNobodyFromTheAddressThatItHad() {
    cluster.pod("web", "10.6.0.9");
    cluster.pods.put("a", pod("default", Optional.empty(), false, true));

    assertThat(decisions(SelectionMode.OPT_OUT))
        .extracting(PodDecision::selected)
        .containsExactly(false, true);
  }

  @Test
  void whatAPodOnlyNamesIsNeitherSelectedNorKeptFromWhoHasIt() {
    cluster.put("victim", Optional.of(AccelerationAnnotation.DISABLED), "10.6.0.1");
    cluster.pod("web", "10.6.0.2");
    cluster.naming(
        "bad", Optional.of(AccelerationAnnotation.ENABLED), "10.6.0.3", "10.6.0.1", "10.9.9.9");
    cluster.naming("worse", Optional.of(AccelerationAnnotation.DISABLED), "10.6.0.4", "10.6.0.2");

    assertThat(selected()).isEqualTo(FakeCluster.prefixes("10.6.0.2", "10.6.0.3"));
  }

  @Test
  void aDecisionThatIsAsBeforeIsTheSameObject() {
    cluster.put("off", Optional.of(AccelerationAnnotation.DISABLED), "10.6.0.1");
    cluster.put("on", Optional.of(AccelerationAnnotation.ENABLED), "10.6.0.1", "10.6.0.2");
    cluster.naming("bad", Optional.empty(), "10.6.0.3", "10.9.9.9");
    PodDecisions podDecisions = decisionsOf(SelectionMode.OPT_OUT, "");
    List<PodDecision> first = podDecisions.decide(cluster.view(), Set.of(), List.of());
    List<PodDecision> second = podDecisions.decide(cluster.view(), Set.of(), List.of());

    for (int i = 0; i < 3; i++) {
      assertThat(second.get(i)).isSameAs(first.get(i));
    }
  }

  private Set<Prefix> selected() {
    return decisions(SelectionMode.OPT_OUT).stream()
        .filter(PodDecision::selected)
        .flatMap(decision -> decision.addresses().stream())
        .collect(Collectors.toSet());
  }

  private List<PodDecision> decisions(SelectionMode mode) {
    return decisionsOf(mode, "").decide(cluster.view(), Set.of(), List.of());
  }

  private static PodFacts pod(
      String namespace,
      Optional<AccelerationAnnotation> annotation,
      boolean hostNetwork,
      boolean finished) {
    return new PodFacts(
        namespace,
        "a",
        FakeCluster.uid("a"),
        "pod/a",
        Map.of(),
        annotation,
        hostNetwork,
        finished,
        FakeCluster.prefixes("10.6.0.9"),
        Set.of());
  }

  private static PodDecisions decisionsOf(SelectionMode mode, String selector) {
    return new PodDecisions(
        Configurations.of(mode, selector),
        new AddressTrust(new PodNamespaces(Path.of("/nowhere"))));
  }

  private String decide(SelectionMode mode, String selector) {
    PodDecision decision =
        decisionsOf(mode, selector).decide(cluster.view(), Set.of(), List.of()).get(0);
    return decision.selected() + " " + decision.reason();
  }
}
