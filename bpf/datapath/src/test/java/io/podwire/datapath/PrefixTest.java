package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixTest {

  @ParameterizedTest
  @CsvSource({
    "10.6.1.2, 10.6.1.2",
    "::ffff:10.6.1.2, 10.6.1.2",
    "fd00::1, fd00:0:0:0:0:0:0:1",
    "::, 0:0:0:0:0:0:0:0"
  })
  void addressesAreParsed(String text, String printed) {
    assertThat(Prefix.address(text)).hasToString(printed);
  }

  @ParameterizedTest
  @CsvSource({
    "10.6.1.2/16, 10.6.0.0/16",
    "10.6.1.2/32, 10.6.1.2",
    "0.0.0.0/0, 0.0.0.0/0",
    "fd00::1/64, fd00:0:0:0:0:0:0:0/64",
    "::ffff:10.6.1.2/112, 10.6.0.0/16"
  })
  void hostBitsOfNetworksAreCleared(String text, String printed) {
    assertThat(Prefix.cidr(text)).hasToString(printed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "300.1.2.3",
        "10.6.1",
        "10.6.1.2.",
        "010.6.1.2",
        "podwire.io",
        "",
        "fd00::1%lo",
        "10.6.1.2/16"
      })
  void whatIsNoAddressIsNamed(String text) {
    assertThatThrownBy(() -> Prefix.address(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(text + " is not an IP address")
        .message()
        .doesNotContain("\n");
  }

  @ParameterizedTest
  @CsvSource({
    "10.6.0.0, write ADDRESS/LENGTH",
    "10.6.0.0/33, must be 0 to 32",
    "10.6.0.0/-1, must be 0 to 32",
    "10.6.0.0/x, must be 0 to 32",
    "fd00::/129, must be 0 to 128"
  })
  void whatIsNoNetworkIsNamedWithWhatIsWrong(String text, String wrong) {
    assertThatThrownBy(() -> Prefix.cidr(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(text + " is not a CIDR", wrong);
  }

  @ParameterizedTest
  @CsvSource({
    "10.6.0.0/16, 10.6.1.2, true",
    "10.6.0.0/16, 10.6.1.0/24, true",
    "10.6.0.0/16, 10.6.0.0/16, true",
    "10.6.0.0/16, 10.0.0.0/8, false",
    "10.6.0.0/16, 10.7.1.2, false",
    "0.0.0.0/0, 10.6.1.2, true",
    "0.0.0.0/0, fd00::1, false",
    "fd00::/64, fd00::1, true"
  })
  void aNetworkContainsWhatLiesInIt(String network, String other, boolean contains) {
    Prefix prefix = other.contains("/") ? Prefix.cidr(other) : Prefix.address(other);

    assertThat(Prefix.cidr(network).contains(prefix)).isEqualTo(contains);
  }

  @Test
  void prefixesAreInTheOrderOfTheirNumbers() {
    assertThat(
            Stream.of("10.6.1.10", "10.6.1.2", "200.0.0.1", "fd00::1")
                .map(Prefix::address)
                .sorted(Comparator.reverseOrder()))
        .extracting(Prefix::toString)
        .containsExactly("fd00:0:0:0:0:0:0:1", "200.0.0.1", "10.6.1.10", "10.6.1.2");
    assertThat(Prefix.cidr("10.6.0.0/16")).isLessThan(Prefix.cidr("10.6.0.0/24"));
  }

  @Test
  void anIpv4AddressAndItsMappedFormAreTheSamePrefix() throws UnknownHostException {
    Prefix address = Prefix.address("10.6.1.2");
    assertThat(address)
        .isEqualTo(Prefix.address("::ffff:10.6.1.2"))
        .isEqualTo(Prefix.cidr("10.6.1.2/32"))
        .isEqualTo(Prefix.of(InetAddress.getByName("10.6.1.2")))
        .hasSameHashCodeAs(Prefix.address("::ffff:10.6.1.2"))
        .isNotEqualTo(Prefix.cidr("10.6.1.2/31"));
  }

  @Test
  void theKernelsFormIsMappedAndItsLengthCountsThe128Bits() {
    Prefix network = Prefix.cidr("10.6.0.0/16");
    assertThat(network.length()).isEqualTo(112);
    assertThat(network.bytes())
        .containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 6, 0, 0);
    assertThat(Prefix.of(network.bytes(), network.length())).isEqualTo(network);
  }

  @ParameterizedTest
  @ValueSource(strings = {"::/0", "::ffff:10.0.0.0/8", "::/80"})
  void anIpv6NetworkThatWouldSelectAllOfIpv4IsRefused(String text) {
    assertThatThrownBy(() -> Prefix.cidr(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(text + " would hold every IPv4 address too");
  }
}
