package io.podwire.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UndoTest {

  private final List<String> did = new ArrayList<>();
  private final List<String> left = new ArrayList<>();

  @Test
  void theLastIsUndoneFirst() {
    try (Undo undo = new Undo(left::add)) {
      undo.doing(() -> did.add("one"), step(() -> did.add("not one")));
      undo.doing(() -> did.add("two"), step(() -> did.add("not two")));
    }
    assertThat(did).containsExactly("one", "two", "not two", "not one");
  }

  @Test
  void whatWasDoneByHalfIsUndone() {
    assertThatThrownBy(
            () -> {
              try (Undo undo = new Undo(left::add)) {
                undo.doing(this::fail, step(() -> did.add("undone")));
              }
            })
        .hasMessage("no");
    assertThat(did).containsExactly("undone");
  }

  @Test
  void whatCannotBeUndoneKeepsNothingElseFromIt() {
    Undo undo = new Undo(left::add);
    undo.doing(() -> {}, step(() -> did.add("undone")));
    undo.doing(() -> {}, step(this::fail));
    undo.doing(() -> {}, step(this::fail));

    undo.close();

    assertThat(did).containsExactly("undone");
    assertThat(left).containsExactly("it stays: no: take it away", "it stays: no: take it away");
  }

  @Test
  void nothingIsDoneAfterwards() {
    Undo undo = new Undo(left::add);
    undo.close();

    assertThatIllegalStateException().isThrownBy(() -> undo.doing(() -> did.add("one")));
    assertThatIllegalStateException()
        .isThrownBy(() -> undo.doing(() -> did.add("two"), step(() -> did.add("not two"))));
    assertThat(did).isEmpty();
  }

  private static Undo.Step step(Runnable action) {
    return new Undo.Step(action, "it stays", "take it away");
  }

  private void fail() {
    throw new IllegalArgumentException("no");
  }
}
