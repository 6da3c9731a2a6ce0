package io.podwire.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UndoTest {

  private final List<String> did = new ArrayList<>();

  @Test
  void theLastIsUndoneFirst() {
    try (Undo undo = new Undo()) {
      undo.doing(() -> did.add("one"), () -> did.add("not one"));
      undo.doing(() -> did.add("two"), () -> did.add("not two"));
    }
    assertThat(did).containsExactly("one", "two", "not two", "not one");
  }

  @Test
  void whatWasDoneByHalfIsUndone() {
    assertThatThrownBy(
            () -> {
              try (Undo undo = new Undo()) {
                undo.doing(this::fail, () -> did.add("undone"));
              }
            })
        .hasMessage("no");
    assertThat(did).containsExactly("undone");
  }

  @Test
  void whatCannotBeUndoneKeepsNothingElseFromIt() {
    Undo undo = new Undo();
    undo.doing(() -> {}, () -> did.add("undone"));
    undo.doing(() -> {}, this::fail);

    assertThatThrownBy(undo::close).hasMessage("no");
    assertThat(did).containsExactly("undone");
  }

  @Test
  void nothingIsDoneAfterwards() {
    Undo undo = new Undo();
    undo.close();

    assertThatIllegalStateException().isThrownBy(() -> undo.doing(() -> did.add("one")));
    assertThatIllegalStateException()
        .isThrownBy(() -> undo.doing(() -> did.add("two"), () -> did.add("not two")));
    assertThat(did).isEmpty();
  }

  private void fail() {
    throw new IllegalArgumentException("no");
  }
}
