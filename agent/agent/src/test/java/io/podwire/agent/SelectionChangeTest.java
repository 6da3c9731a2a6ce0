package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SelectionChangeTest {

  private static final Prefix WEB = Prefix.address("10.6.0.1");
  private static final Prefix DB = Prefix.address("10.6.0.2");
  private static final Prefix NETWORK = Prefix.cidr("10.9.0.0/16");

  private final FakeCluster cluster = new FakeCluster();
  private final List<PodDecision> decisions = new ArrayList<>();
  private final Map<Prefix, Selection> present = new HashMap<>();
  private final Map<Prefix, Integer> marks = new HashMap<>();

  @Test
  void whatIsMissingIsSelectedAndWhatIsTooMuchIsNotAndGoesBack() {
    decide("web", true, "10.6.0.1");
    decide("db", false, "10.6.0.2");
    present.put(DB, Selection.SELECTED);
    present.put(NETWORK, Selection.SELECTED);
    marks.put(DB, 5);

    assertThat(change())
        .isEqualTo(new SelectionChange(Set.of(DB, NETWORK), Map.of(DB, 5), Set.of(WEB)));
  }

  @Test
  void whatSomebodyExcludedIsSelectedAgain() {
    decide("web", true, "10.6.0.1");
    present.put(WEB, Selection.EXCLUDED);

    assertThat(change()).isEqualTo(new SelectionChange(Set.of(), Map.of(), Set.of(WEB)));
  }

  @Test
  void aSelectionThatIsRightIsLeftAlone() {
    decide("web", true, "10.6.0.1");
    present.put(WEB, Selection.SELECTED);

    assertThat(change()).isEqualTo(SelectionChange.NONE);
  }

  @Test
  void flowsGoBackWhereThePoliciesOfTheirPodAreOthersThanTheKernelsMark() {
    decide("web", true, "10.6.0.1");
    decide("db", true, "10.6.0.2");
    present.put(WEB, Selection.SELECTED);
    present.put(DB, Selection.SELECTED);
    policy("db", 7);
    assertThat(change().sentBack()).isEqualTo(Map.of(DB, 7));

    marks.put(DB, 7);
    assertThat(change()).isEqualTo(SelectionChange.NONE);

    policy("db", 2);
    assertThat(change().sentBack()).isEqualTo(Map.of(DB, 9));

    cluster.policies.clear();
    assertThat(change().sentBack()).isEqualTo(Map.of(DB, 0));
  }

  @Test
  void podsThatShareAnAddressHaveOneMark() {
    decide("web", true, "10.6.0.1");
    decide("db", true, "10.6.0.1");
    policy("web", 7);
    policy("db", 9);

    assertThat(change().sentBack()).isEqualTo(Map.of(WEB, 16));
  }

  /** As those of other kinds do, of which is not known whom they select. */
  @Test
  void aPolicyMaySelectAllPodsOfItsNamespaceOrOfAllNamespaces() {
    decide("web", true, "10.6.0.1");
    decide("db", true, "10.6.0.2");
    policy(Optional.of("elsewhere"), LabelRequirements.NONE, 1);
    assertThat(change().sentBack()).isEmpty();

    policy(Optional.of("default"), LabelRequirements.NONE, 7);
    assertThat(change().sentBack()).isEqualTo(Map.of(WEB, 7, DB, 7));

    policy(Optional.empty(), LabelRequirements.NONE, 9);
    assertThat(change().sentBack()).isEqualTo(Map.of(WEB, 16, DB, 16));
  }

  @Test
  void policiesThatAreNotFollowedSendNothingBack() {
    decide("web", true, "10.6.0.1");
    present.put(WEB, Selection.SELECTED);
    marks.put(WEB, 7);

    assertThat(SelectionChange.of(decisions, Optional.empty(), present, marks))
        .isEqualTo(SelectionChange.NONE);
  }

  private void decide(String pod, boolean selected, String... addresses) {
    cluster.pod(pod, addresses);
    PodFacts facts = cluster.pods.get(pod);
    Map<Prefix, AddressSource> own = new HashMap<>();
    facts.addresses().forEach(address -> own.put(address, AddressSource.STATUS));
    decisions.add(
        new PodDecision(facts, new TrustedAddresses(own, Map.of()), selected, "mode opt-out"));
  }

  private void policy(String app, int fingerprint) {
    policy(Optional.of("default"), LabelRequirements.parse("app=" + app), fingerprint);
  }

  private void policy(Optional<String> namespace, LabelRequirements pods, int fingerprint) {
    cluster.policies.add(new PolicyFacts(namespace, "p" + fingerprint, pods, fingerprint));
  }

  private SelectionChange change() {
    Collection<PolicyFacts> policies = List.copyOf(cluster.policies);
    return SelectionChange.of(decisions, Optional.of(policies), present, marks);
  }
}
