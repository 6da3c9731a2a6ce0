package io.podwire.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ScratchTest {

  private static final String NAME = "/io/podwire/testbed/node.sh";

  @Test
  void aProgramIsWrittenOnceAndGoesWithItsDirectory() {
    Path program;
    try (Scratch scratch = Scratch.create()) {
      program = scratch.program(NAME);

      assertThat(program).isExecutable();
      assertThat(scratch.program(NAME))
          .as("another copy could be open in a process that another thread just forks")
          .isEqualTo(program);
      assertThatThrownBy(() -> scratch.program("/nothing")).hasMessageContaining("make build");
    }
    assertThat(Files.exists(program.getParent())).isFalse();
  }
}
