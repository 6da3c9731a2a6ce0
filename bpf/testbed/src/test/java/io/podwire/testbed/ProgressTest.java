package io.podwire.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ProgressTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Progress lines =
      new ProgressLines(new PrintStream(out, true, UTF_8), Duration.ofMillis(20));

  @Test
  void withoutATerminalALineComesAgainAndAgainUntilTheRunIsOver() {
    lines.step(1, 5, "plain");
    await().until(() -> out.toString(UTF_8).startsWith("1/5 plain\n1/5 plain\n"));

    lines.step(2, 5, "accelerated, direct");
    await().until(() -> out.toString(UTF_8).endsWith("2/5 accelerated, direct\n"));

    lines.step(5, 5, "");
    String said = out.toString(UTF_8);
    await().pollDelay(Duration.ofMillis(100)).until(() -> out.toString(UTF_8).equals(said));
  }

  @Test
  void aRunThatIsOverAtOnceSaysNothing() {
    Progress seldom = new ProgressLines(new PrintStream(out, true, UTF_8), Duration.ofMinutes(1));
    seldom.step(0, 1, "plain");
    seldom.step(1, 1, "");

    assertThat(out.toString(UTF_8)).isEmpty();
  }
}
