package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Prefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AddressTrustTest {

  private static final String UID = FakeCluster.uid("web");
  private static final Set<Prefix> NODE = FakeCluster.prefixes("192.168.0.7", "fd00::7");

  private final AtomicLong clock = new AtomicLong();
  private final FakeCluster cluster = new FakeCluster();
  private FakeProc proc;
  private AddressTrust trust;

  @BeforeEach
  void open(@TempDir Path directory) {
    proc = new FakeProc(directory);
    trust = new AddressTrust(new PodNamespaces(directory, clock::get, () -> 0), clock::get);
  }

  @Test
  void eachAddressHasTheSourceThatSaysItIsThePods() {
    proc.process(18, "/kubepods/pod" + UID, 5, "10.6.0.1", "10.7.0.1", "10.8.0.1", "10.9.0.1");
    cluster.naming("web", Optional.empty(), "10.6.0.1", "10.6.0.1", "10.7.0.1", "10.8.0.1");

    TrustedAddresses web =
        look(endpoint(UID, "10.7.0.1"), FakeCluster.prefixes("10.6.0.1", "10.7.0.1", "10.9.0.1"));

    assertThat(web.addresses())
        .isEqualTo(
            Map.of(
                Prefix.address("10.6.0.1"), AddressSource.STATUS,
                Prefix.address("10.7.0.1"), AddressSource.SPIDERPOOL,
                Prefix.address("10.8.0.1"), AddressSource.NAMESPACE,
                Prefix.address("10.9.0.1"), AddressSource.CNI));
    assertThat(web.refused()).isEmpty();
    assertThat(trust.nextRetry()).isEmpty();
  }

  @Test
  void whatOnlyTheAnnotationNamesIsRefusedAndSaysWhy() {
    proc.process(18, "/kubepods/pod" + UID, 5, "10.6.0.1");
    cluster.naming("web", Optional.empty(), "10.6.0.1", "10.9.9.9");

    assertRefused(
        look(Optional.empty()),
        "10.9.9.9",
        "no trusted source confirms it: it is on no interface in the pod's network namespace");
  }

  @Test
  void whereTheHostsProcIsNotSeenTheReasonSaysThat() {
    cluster.naming("web", Optional.empty(), "10.6.0.1", "10.9.9.9");

    assertRefused(
        look(Optional.empty()),
        "10.9.9.9",
        "no trusted source confirms it: no process of the pod is seen in " + proc.directory());
  }

  @Test
  void anEndpointOfAnEarlierPodOfThatNameConfirmsNothing() {
    cluster.pod("web", "10.6.0.1");

    assertThat(look(endpoint(FakeCluster.uid("before"), "10.7.0.1")).addresses())
        .containsOnlyKeys(Prefix.address("10.6.0.1"));
  }

  @ParameterizedTest
  @CsvSource({
    "192.168.0.7,it is the node's",
    "fd00::7,it is the node's",
    "127.0.0.1,it is a loopback address",
    "127.8.8.8,it is a loopback address",
    "::1,it is a loopback address",
    "169.254.100.1,it is a link-local address",
    "fe80::1,it is a link-local address",
    "224.0.0.5,it is a multicast address",
    "ff02::1,it is a multicast address",
    "255.255.255.255,it is the broadcast address",
    "0.0.0.0,it is the unspecified address",
    "::,it is the unspecified address",
  })
  void someAddressesAreNoPodsWhoeverNamesThem(String address, String why) {
    proc.process(18, "/kubepods/pod" + UID, 5, "10.6.0.1", address);
    cluster.naming("web", Optional.empty(), "10.6.0.1", address);
    assertRefused(look(Optional.empty()), address, why);

    cluster.pod("web", "10.6.0.1", address);
    assertRefused(look(Optional.empty()), address, why);

    cluster.pod("web", "10.6.0.1");
    assertRefused(look(endpoint(UID, address)), address, why);
    assertRefused(look(Optional.empty(), FakeCluster.prefixes(address)), address, why);
  }

  @Test
  void whatTheCniPluginTellsOfAPodThatDidNotChangeIsHeeded() {
    cluster.pod("web", "10.6.0.1");
    assertThat(look(Optional.empty()).addresses()).hasSize(1);

    assertThat(look(Optional.empty(), FakeCluster.prefixes("10.9.0.1")).addresses())
        .containsEntry(Prefix.address("10.9.0.1"), AddressSource.CNI);
    assertThat(look(Optional.empty()).addresses()).hasSize(1);
  }

  @Test
  void aPodThatDoesNotChangeIsNotLookedAtAgain() {
    proc.process(18, "/kubepods/pod" + UID, 5, "10.6.0.1", "10.7.0.1");
    cluster.naming("web", Optional.empty(), "10.6.0.1", "10.7.0.1");
    TrustedAddresses first = look(Optional.empty());

    proc.end(18);
    clock.addAndGet(Duration.ofHours(1).toNanos());

    assertThat(look(Optional.empty())).isSameAs(first);
  }

  @Test
  void aPodThatIsStillStartingIsLookedAtAgainEverLessOften() {
    cluster.naming("web", Optional.empty(), "10.6.0.1", "10.7.0.1");
    long[] seconds = new long[8];
    for (int i = 0; i < seconds.length; i++) {
      look(Optional.empty());
      seconds[i] = Duration.ofNanos(trust.nextRetry().orElseThrow()).toSeconds();
      clock.addAndGet(Duration.ofSeconds(seconds[i]).toNanos());
    }
    assertThat(seconds).containsExactly(1, 2, 4, 8, 16, 32, 60, 60);

    proc.process(18, "/kubepods/pod" + UID, 5, "10.6.0.1", "10.7.0.1");
    assertThat(look(Optional.empty()).addresses()).hasSize(2);
    assertThat(trust.nextRetry()).isEmpty();
  }

  private static void assertRefused(TrustedAddresses web, String address, String why) {
    assertThat(web.addresses()).containsOnlyKeys(Prefix.address("10.6.0.1"));
    assertThat(web.refused()).isEqualTo(Map.of(Prefix.address(address), why));
  }

  private TrustedAddresses look(Optional<SpiderEndpointFacts> endpoint) {
    return look(endpoint, Set.of());
  }

  private TrustedAddresses look(Optional<SpiderEndpointFacts> endpoint, Set<Prefix> given) {
    trust.beginPass();
    return trust.of(cluster.pods.get("web"), endpoint, given, NODE);
  }

  private static Optional<SpiderEndpointFacts> endpoint(String uid, String... addresses) {
    return Optional.of(new SpiderEndpointFacts(uid, FakeCluster.prefixes(addresses)));
  }
}
