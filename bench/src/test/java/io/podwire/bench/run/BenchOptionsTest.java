package io.podwire.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.podwire.bench.model.Link;
import io.podwire.bench.table.Workload;
import io.podwire.bench.table.Workloads;
import io.podwire.testbed.Placement;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BenchOptionsTest {

  @Test
  void nameTheOptionThatIsOutOfRangeAndTheRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(1, 1, 14))
        .withMessage("rounds must be 2 to 1000, not 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(2, 0, 14))
        .withMessage("seconds must be 1 to 60, not 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(2, 1, 13))
        .withMessage("message-size must be 14 to 65507, not 13");
  }

  @Test
  void nameTheProfileThatHasNoTable() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(Profile.QUICK, 200, true, List.of()))
        .withMessage(
            "null-test is about the table, which the profile quick has not: add --profile standard");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(Profile.QUICK, 200, false, List.of("macvlan/pod-ip/ipv4")))
        .withMessageStartingWith("link is about the table");
  }

  @Test
  void nameTheServicesAndLinksThatThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(Profile.STANDARD, 10_001, false, List.of()))
        .withMessage("services must be 0 to 10000, not 10001");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(Profile.STANDARD, 0, false, List.of("ipvlan")))
        .withMessageStartingWith("link must be one of macvlan/pod-ip/ipv4, ")
        .withMessageEndingWith(", not ipvlan");
  }

  @Test
  void standardHasElevenLinksAndALinkChoosesAmongThem() {
    assertThat(options(Profile.STANDARD, 0, false, List.of()).tableLinks())
        .extracting(Link::toString)
        .containsExactly(
            "macvlan/pod-ip/ipv4",
            "macvlan/service/ipv4",
            "macvlan/service-masqueraded/ipv4",
            "macvlan/pod-ip/ipv6",
            "macvlan-routed/pod-ip/ipv4",
            "veth-bridge/pod-ip/ipv4",
            "veth-iptables/pod-ip/ipv4",
            "veth-iptables/service/ipv4",
            "veth-iptables/service-masqueraded/ipv4",
            "veth-redirect/pod-ip/ipv4",
            "loopback/pod-ip/ipv4");
    assertThat(
            options(Profile.STANDARD, 0, true, List.of("veth-iptables/service/ipv4")).tableLinks())
        .hasSize(1);
  }

  @Test
  void standardMeasuresOneMessageSize() {
    BenchOptions options = options(Profile.STANDARD, 0, false, List.of());

    assertThat(options.sizes()).containsExactly(14);
  }

  @Test
  void headlineAndCostsAreLeftOutWhereAPartOfTheTableIsAskedFor() {
    BenchOptions all = options(Profile.STANDARD, 0, false, List.of());
    BenchOptions part = options(Profile.FULL, 0, false, List.of("macvlan/pod-ip/ipv4"));

    assertThat(all.hasHeadline() && all.hasCosts()).isTrue();
    assertThat(part.hasHeadline() || part.hasCosts()).isFalse();
  }

  @Test
  void secondsAreThoseOfBothKindsOfRounds() {
    BenchOptions usual = options(Profile.STANDARD, 0, false, List.of());
    BenchOptions longer = options(2, 3, 14);

    assertThat(usual.headlineSeconds()).isEqualTo(1);
    assertThat(usual.tableTime()).isEqualTo(Workloads.DEFAULT_TIME);
    assertThat(longer.headlineSeconds()).isEqualTo(3);
    assertThat(longer.tableTime()).hasSeconds(3);
    assertThat(longer.tableWorkloads())
        .extracting(Workload::tool)
        .contains("iperf3 -P 1 -n BYTES, of about 3.0 s", "sockperf ping-pong --tcp -m 14 -t 3");
  }

  private static BenchOptions options(
      Profile profile, int services, boolean nullTest, List<String> links) {
    return new BenchOptions(
        profile,
        6,
        Optional.empty(),
        List.of(14, 1024),
        List.of(Placement.SAME, Placement.ANY),
        services,
        nullTest,
        links,
        List.of(),
        Path.of("report"));
  }

  private static BenchOptions options(int rounds, int seconds, int size) {
    return new BenchOptions(
        Profile.QUICK,
        rounds,
        Optional.of(seconds),
        List.of(size),
        List.of(Placement.SAME),
        200,
        false,
        List.of(),
        List.of(),
        Path.of("report"));
  }
}
