package io.podwire.suites;

import static io.podwire.suites.Outcome.FAIL;
import static io.podwire.suites.Outcome.NO_END;
import static io.podwire.suites.Outcome.PASS;
import static io.podwire.suites.Outcome.SKIP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SuiteOutputTest {

  @Test
  void everyTestThatStartedHasAnOutcome() {
    assertThat(
            parse(
                """
                === RUN   TestDial
                --- PASS: TestDial (0.00s)
                === RUN   TestListen
                printed without a newline--- FAIL: TestListen (10.02s)
                === RUN   test.test_socket.TestExceptions.test_x
                --- SKIP: test.test_socket.TestExceptions.test_x (0.00s)
                === RUN   TestSplice
                SIGQUIT: quit
                """))
        .containsExactly(
            entry("TestDial", PASS),
            entry("TestListen", FAIL),
            entry("test.test_socket.TestExceptions.test_x", SKIP),
            entry("TestSplice", NO_END));
  }

  @Test
  void aParallelTestThatWaitsForItsTurnDidNotStart() {
    assertThat(
            parse(
                """
                === RUN   TestWaits
                === PAUSE TestWaits
                === RUN   TestRuns
                === PAUSE TestRuns
                === CONT  TestRuns
                """))
        .containsExactly(entry("TestRuns", NO_END));
  }

  @Test
  void aSubtestIsPartOfItsTest() {
    assertThat(
            parse(
                """
                === RUN   TestClose
                === RUN   TestClose/tcp
                --- FAIL: TestClose (0.00s)
                    --- FAIL: TestClose/tcp (0.00s)
                """))
        .containsExactly(entry("TestClose", FAIL));
  }

  private static Map<String, Outcome> parse(String output) {
    return SuiteOutput.parse(output.lines());
  }
}
