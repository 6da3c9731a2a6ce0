package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.testbed.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class LeftoversTest {

  private final StringWriter err = new StringWriter();
  private final Leftovers left = new Leftovers(new PrintWriter(err), Progress.NONE);

  @Test
  void whatIsLeftIsALineAtOnceAndIsRemembered() {
    assertThat(left.areNone()).isTrue();

    left.accept("pod default/one could not be deleted");

    assertThat(err).hasToString("accelctl: pod default/one could not be deleted\n");
    assertThat(left.areNone()).isFalse();
  }
}
