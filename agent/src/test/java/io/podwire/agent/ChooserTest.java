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
  void anAddressThatTwoPodsHaveIsOffIfEitherSaysOff() {
    cluster.put("off", Optional.of(Wish.DISABLED), "10.6.0.1");
    cluster.put("on", Optional.of(Wish.ENABLED), "10.6.0.1", "10.6.0.2");

    Choice on = choices(Mode.OPT_OUT).get(1);

    assertThat(on.selected()).isTrue();
    assertThat(on.addresses()).isEqualTo(FakeCluster.prefixes("10.6.0.2"));
    assertThat(on.trusted().refused())
        .containsValue("pod default/off has it too, and is not selected");
    cluster.put("on", Optional.of(Wish.ENABLED), "10.6.0.1");
    assertThat(choices(Mode.OPT_OUT).get(1).selected()).isFalse();
  }

  @Test
  void anExcludedNamespaceAndOptInHoldForAnAddressThatAnotherPodHasToo() {
    cluster.put("on", Optional.of(Wish.ENABLED), "10.6.0.9");
    cluster.pods.put("a", pod("kube-system", Optional.empty(), false, false));
    assertThat(choices(Mode.OPT_OUT)).noneMatch(Choice::selected);

    cluster.pods.put("a", pod("default", Optional.empty(), false, false));
    assertThat(choices(Mode.OPT_IN)).noneMatch(Choice::selected);
    assertThat(choices(Mode.OPT_OUT)).allMatch(Choice::selected);
  }

  @Test
  void aPodThatIsFinishedKeepsNobodyFromTheAddressThatItHad() {
    cluster.pod("web", "10.6.0.9");
    cluster.pods.put("a", pod("default", Optional.empty(), false, true));

    assertThat(choices(Mode.OPT_OUT)).extracting(Choice::selected).containsExactly(false, true);
  }

  @Test
  void whatAPodOnlyNamesIsNeitherSelectedNorKeptFromWhoHasIt() {
    cluster.put("victim", Optional.of(Wish.DISABLED), "10.6.0.1");
    cluster.pod("web", "10.6.0.2");
    cluster.naming("bad", Optional.of(Wish.ENABLED), "10.6.0.3", "10.6.0.1", "10.9.9.9");
    cluster.naming("worse", Optional.of(Wish.DISABLED), "10.6.0.4", "10.6.0.2");

    assertThat(selected()).isEqualTo(FakeCluster.prefixes("10.6.0.2", "10.6.0.3"));
  }

  @Test
  void aChoiceThatIsAsBeforeIsTheSameObject() {
    cluster.put("off", Optional.of(Wish.DISABLED), "10.6.0.1");
    cluster.put("on", Optional.of(Wish.ENABLED), "10.6.0.1", "10.6.0.2");
    cluster.naming("bad", Optional.empty(), "10.6.0.3", "10.9.9.9");
    Chooser chooser = chooser(Mode.OPT_OUT, "");
    List<Choice> first = chooser.choose(cluster.view(), Set.of());
    List<Choice> second = chooser.choose(cluster.view(), Set.of());

    for (int i = 0; i < 3; i++) {
      assertThat(second.get(i)).isSameAs(first.get(i));
    }
  }

  private Set<Prefix> selected() {
    return choices(Mode.OPT_OUT).stream()
        .filter(Choice::selected)
        .flatMap(choice -> choice.addresses().stream())
        .collect(Collectors.toSet());
  }

  private List<Choice> choices(Mode mode) {
    return chooser(mode, "").choose(cluster.view(), Set.of());
  }

  private static PodFacts pod(
      String namespace, Optional<Wish> wish, boolean hostNetwork, boolean finished) {
    return new PodFacts(
        namespace,
        "a",
        FakeCluster.uid("a"),
        Map.of(),
        wish,
        hostNetwork,
        finished,
        FakeCluster.prefixes("10.6.0.9"),
        Set.of());
  }

  private static Chooser chooser(Mode mode, String selector) {
    return new Chooser(
        Configurations.of(mode, selector),
        new AddressTrust(new PodNamespaces(Path.of("/nowhere"))));
  }

  private String choose(Mode mode, String selector) {
    Choice choice = chooser(mode, selector).choose(cluster.view(), Set.of()).get(0);
    return choice.selected() + " " + choice.reason();
  }
}
