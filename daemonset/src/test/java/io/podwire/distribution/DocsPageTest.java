package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DocsPageTest {

  /** {@link io.podwire.e2e} runs those of the English one. */
  @Test
  void theChineseReadersOfSpiderpoolsPageRunTheSameCommands() {
    assertThat(DocsPage.commands("spiderpool-zh_CN.md"))
        .hasSize(6)
        .isEqualTo(DocsPage.commands("spiderpool.md"));
  }
}
