package io.podwire.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@KernelTest
class ChildTest {

  private static Scratch scratch;
  private static Testbed bed;

  @BeforeAll
  static void open() {
    scratch = Scratch.create();
    bed = Testbed.open("pod");
  }

  @AfterAll
  static void close() {
    bed.close();
    scratch.close();
  }

  @Test
  void oneThatIsHopelessIsNotWaitedFor() {
    List<String> command = List.of("sh", "-c", "echo refused; exec sleep 60");
    try (Child child = Child.start(bed.pod("pod"), scratch.file("output"), command)) {
      assertThatExceptionOfType(TestbedException.class)
          .isThrownBy(
              () ->
                  child.finish(Duration.ofSeconds(30), () -> child.output().startsWith("refused")))
          .withMessage("sh cannot succeed: refused");
    }
  }

  @Test
  void answersLineByLineWhatItIsAskedUntilItEnds() {
    Path output = scratch.file("output");
    List<String> echoTwice = List.of("sh", "-c", "read a; echo $a; read b; echo $b");
    try (Child echo = Child.startToBeAsked(bed.pod("pod"), output, "echo", echoTwice)) {
      assertThat(echo.ask("one")).isEqualTo("one");
      assertThat(echo.ask("two")).isEqualTo("two");
      assertThatExceptionOfType(TestbedException.class).isThrownBy(() -> echo.ask("three"));
    }
  }
}
