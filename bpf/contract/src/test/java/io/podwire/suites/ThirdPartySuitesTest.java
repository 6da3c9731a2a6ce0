package io.podwire.suites;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Counter;
import io.podwire.testing.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * No test of these suites ends differently over accelerated loopback, but for those in {@code
 * limits.txt}. Only {@code make suites} runs this class; what the suites say stays in {@code
 * bpf/contract/target/suites}.
 */
@KernelTest
@Tag("suite")
class ThirdPartySuitesTest {

  private LoopbackPod pod;

  @BeforeEach
  void openPod() {
    pod = new LoopbackPod();
  }

  @AfterEach
  void closePod() {
    pod.close();
  }

  @Test
  void cpythonSocket() throws IOException {
    assertSameButForLimits(Suite.cpython("cpython-socket", "test.test_socket"));
  }

  @Test
  void cpythonAsyncio() throws IOException {
    assertSameButForLimits(Suite.cpython("cpython-asyncio", "test.test_asyncio"));
  }

  /** The protocols of the standard library, each with a server in a thread; TLS among them. */
  @Test
  void cpythonProtocols() throws IOException {
    assertSameButForLimits(
        Suite.cpython(
            "cpython-protocols",
            "test.test_ssl",
            "test.test_ftplib",
            "test.test_httplib",
            "test.test_httpservers",
            "test.test_poplib",
            "test.test_smtplib",
            "test.test_telnetlib",
            "test.test_urllib2_localnet",
            "test.test_asyncore",
            "test.test_asynchat"));
  }

  @Test
  void goNet() throws IOException {
    assertSameButForLimits(Suite.go("go-net", "net"));
  }

  @Test
  void goNetHttp() throws IOException {
    assertSameButForLimits(Suite.go("go-net-http", "net/http"));
  }

  private void assertSameButForLimits(Suite suite) throws IOException {
    List<String> listed = Limit.of(suite.name()).stream().map(Limit::test).toList();

    SuiteComparison comparison = SuiteComparison.of(suite, pod, listed);

    String report = suite.name() + ": " + comparison;
    System.out.println(report);
    Files.writeString(Suite.OUTPUT.resolve(suite.name() + ".txt"), report);
    assertThat(comparison.counters().get(Counter.CLAIMED)).as("flows that joined").isPositive();
    assertThat(comparison.counters().get(Counter.REDIRECTED)).as("redirects").isPositive();
    SoftAssertions.assertSoftly(
        softly -> {
          softly
              .assertThat(comparison.repeated())
              .filteredOn(outcomes -> !listed.contains(outcomes.test()))
              .filteredOn(Outcomes::differsAlone)
              .as("tests that end differently, and are not in limits.txt")
              .isEmpty();
          softly
              .assertThat(comparison.repeated())
              .filteredOn(outcomes -> listed.contains(outcomes.test()))
              .filteredOn(outcomes -> !outcomes.onceDiffered())
              .as("tests in limits.txt that do not end differently any more")
              .isEmpty();
        });
  }
}
