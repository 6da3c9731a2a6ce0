package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelReleaseTest {

  @ParameterizedTest
  @CsvSource({
    "5.15.0-91-generic, 5.15",
    "6.1.0-50-amd64, 5.15",
    "6.2.0, 6.2",
    "6.12.107+deb13-amd64, 6.2",
    "7.3.4+deb13-amd64, 6.2"
  })
  void aKernelIsGivenTheNewestBuildThatItCanRun(String release, String build) {
    assertThat(KernelRelease.parse(release).build()).endsWith("." + build);
  }

  @ParameterizedTest
  @CsvSource({
    "6.11.0-29-generic, false",
    "6.12.103, false",
    "6.12.104, true",
    "6.12.117+deb13-amd64, true",
    "6.12.0-211.el10.x86_64, false",
    "6.14.0-37-generic, false",
    "6.18.44-fc-v857, false",
    "6.18.45, true",
    "6.19.14, false",
    "7.1.8, false",
    "7.1.9, true",
    "7.2, true",
    "7.3.4+deb13-amd64, true"
  })
  void theIteratorIsKnownToBeMendedByTheReleaseOfItsSeries(String release, boolean mended) {
    assertThat(KernelRelease.hasMendedIterator(release)).isEqualTo(mended);
  }
}
