package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podwire.datapath.Prefix;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StartingPodsTest {

  private static final String UID = FakeCluster.uid("web");

  /** A fake cluster makes the pods; what the watch shows and the API server has is said here. */
  private final FakeCluster pods = new FakeCluster();

  private final Map<String, PodFacts> shown = new LinkedHashMap<>();
  private final Map<String, PodFacts> there = new LinkedHashMap<>();
  private final AtomicLong clock = new AtomicLong(-5);
  private final StartingPods starting =
      new StartingPods(
          name -> Optional.ofNullable(shown.get(name.toString())),
          name -> Optional.ofNullable(there.get(name.toString())),
          clock::get);

  @AfterEach
  void close() {
    starting.close();
  }

  @Test
  void aPodThatTheWatchShowsHasTheAddressesThatItWasToldOfWith() {
    shown.put("default/web", pod("web"));

    assertThat(tell("s1", "10.6.0.1", "fd00::1")).isTrue();

    assertThat(starting.present(shown)).containsExactly(shown.get("default/web"));
    assertThat(starting.addresses())
        .isEqualTo(Map.of(UID, FakeCluster.prefixes("10.6.0.1", "fd00::1")));
  }

  @Test
  void aPodThatTheWatchDoesNotShowYetIsAskedForByItsName() {
    there.put("default/web", pod("web"));

    assertThat(tell("s1", "10.6.0.1")).isTrue();

    PodFacts asked = there.get("default/web");
    assertThat(starting.present(shown)).containsExactly(asked);
    assertThat(starting.present(shown).get(0)).as("the same object").isSameAs(asked);
    shown.put("default/web", pod("web"));
    assertThat(starting.present(shown)).hasSize(1).first().isSameAs(shown.get("default/web"));
  }

  @Test
  void ofAPodThatIsNotThereNothingIsKept() {
    assertThat(tell("s1", "10.6.0.1")).isFalse();

    assertThat(starting.present(shown)).isEmpty();
    assertThat(starting.addresses()).isEmpty();
    assertThat(starting.nextEnd()).isEmpty();
  }

  @Test
  void aPodThatNoWatchEverShowsIsForgottenAfterAMinute() {
    there.put("default/web", pod("web"));
    tell("s1", "10.6.0.1");
    assertThat(starting.nextEnd()).hasValue(StartingPods.TERM.toNanos());

    clock.addAndGet(StartingPods.TERM.toNanos());

    assertThat(starting.present(shown)).isEmpty();
    assertThat(starting.addresses()).isEmpty();
  }

  @Test
  void aPodThatIsGoneIsForgottenAtOnce() {
    shown.put("default/web", pod("web"));
    tell("s1", "10.6.0.1");
    starting.present(shown);

    shown.clear();

    assertThat(starting.present(shown)).isEmpty();
    assertThat(starting.addresses()).isEmpty();
  }

  @Test
  void whatWasToldHoldsUntilTheStatusHasHadTheTimeToSayIt() {
    shown.put("default/web", pod("web"));
    tell("s1", "10.6.0.1");

    clock.addAndGet(10 * StartingPods.TERM.toNanos());
    starting.present(shown);
    assertThat(starting.addresses()).as("the API server is slow").hasSize(1);

    shown.put("default/web", pod("web", "10.6.0.1"));
    starting.present(shown);
    assertThat(starting.addresses()).isEmpty();
  }

  @Test
  void interfacesOfOneSandboxAddUpAndAnotherSandboxBeginsAnew() {
    shown.put("default/web", pod("web"));
    tell("s1", "10.6.0.1");
    tell("s1", "10.7.0.1");
    assertThat(starting.addresses().get(UID))
        .isEqualTo(FakeCluster.prefixes("10.6.0.1", "10.7.0.1"));

    tell("s2", "10.6.0.2");

    assertThat(starting.addresses().get(UID)).isEqualTo(FakeCluster.prefixes("10.6.0.2"));
  }

  @Test
  void thePodBeforeOfTheSameNameIsNoReasonToForgetTheOneThatStarts() {
    there.put("default/web", pod("web"));
    PodFacts before = named("web", FakeCluster.uid("before"));
    shown.put("default/web", before);

    assertThat(tell("s1", "10.6.0.1")).isTrue();

    assertThat(starting.present(shown)).containsExactly(before);
    assertThat(starting.addresses()).containsOnlyKeys(UID);
    shown.put("default/web", pod("web"));
    assertThat(starting.present(shown)).containsExactly(shown.get("default/web"));
    assertThat(starting.addresses()).containsOnlyKeys(UID);
  }

  @Test
  void aRuntimeThatSaysNoUidMeansThePodThatIsThere() {
    shown.put("default/web", pod("web"));

    assertThat(starting.tell(start(Optional.empty(), "s1", "10.6.0.1")).join()).isTrue();

    assertThat(starting.addresses()).containsOnlyKeys(UID);
  }

  @Test
  void whatThePluginSaysIsRead() {
    assertThat(
            PodStart.parse(
                "namespace=a&name=b-0&uid=u-1&sandbox=c&address=10.6.0.1&address=fd00::1"))
        .isEqualTo(
            new PodStart(
                new PodName("a", "b-0"),
                Optional.of("u-1"),
                "c",
                FakeCluster.prefixes("10.6.0.1", "fd00::1")));
    assertThat(PodStart.parse("namespace=a&name=b&sandbox=c&address=10.6.0.1").uid()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'',no such field: ",
    "namespace=a&name=b&sandbox=c,namespace; name; sandbox and address have to be there",
    "name=b&sandbox=c&address=10.6.0.1,namespace; name; sandbox and address have to be there",
    "namespace=a&name=b&sandbox=c&address=10.6.0.0/16,10.6.0.0/16",
    "namespace=a&name=b&sandbox=c&address=web.example,web.example",
    "namespace=a&name=b&sandbox=c&address=10.6.0.1&cidr=x,no such field: cidr",
  })
  void whatIsNoneIsRefused(String query, String why) {
    assertThatThrownBy(() -> PodStart.parse(query))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why.replace(';', ','));
  }

  private boolean tell(String sandbox, String... addresses) {
    return starting.tell(start(Optional.of(UID), sandbox, addresses)).join();
  }

  private static PodStart start(Optional<String> uid, String sandbox, String... addresses) {
    Set<Prefix> all = FakeCluster.prefixes(addresses);
    return new PodStart(new PodName("default", "web"), uid, sandbox, all);
  }

  private PodFacts pod(String name, String... addresses) {
    pods.pod(name, addresses);
    return pods.pods.get(name);
  }

  private static PodFacts named(String name, String uid) {
    return new PodFacts(
        "default",
        name,
        uid,
        "pod/" + name,
        Map.of(),
        Optional.empty(),
        false,
        false,
        Set.of(),
        Set.of());
  }
}
