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
}
