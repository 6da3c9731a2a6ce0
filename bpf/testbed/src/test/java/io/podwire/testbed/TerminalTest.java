package io.podwire.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TerminalTest {

  @Test
  void isAsLargeAsSttySaysAndOtherwiseAsTerminalsWere() {
    assertThat(Terminal.sized("50 120\n")).isEqualTo(new Terminal(120, 50));
    assertThat(Terminal.sized("0 0\n")).isEqualTo(new Terminal(80, 24));
    assertThat(Terminal.sized("")).isEqualTo(new Terminal(80, 24));
  }
}
