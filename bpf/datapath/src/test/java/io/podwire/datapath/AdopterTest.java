package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class AdopterTest {

  @Test
  @Timeout(10)
  void whoeverWaitsForTheWalksHearsOfWhateverEndsThem() {
    assertThat(Adopter.onNewThread(() -> 7)).isEqualTo(7);
    assertThatThrownBy(
            () ->
                Adopter.onNewThread(
                    () -> {
                      throw new DatapathException("no");
                    }))
        .isInstanceOf(DatapathException.class)
        .hasMessage("no");
    assertThatThrownBy(
            () ->
                Adopter.onNewThread(
                    () -> {
                      throw new NoClassDefFoundError("of the binding");
                    }))
        .isInstanceOf(NoClassDefFoundError.class);
  }
}
