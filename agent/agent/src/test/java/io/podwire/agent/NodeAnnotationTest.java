package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NodeAnnotationTest {

  @Test
  void aPatchNamesTheAnnotationAloneAndNullRemovesIt() {
    assertThat(NodeAnnotation.patch(Optional.of("enabled")))
        .isEqualTo("{\"metadata\":{\"annotations\":{\"podwire.io/acceleration\":\"enabled\"}}}");
    assertThat(NodeAnnotation.patch(Optional.of("some \"text\"")))
        .isEqualTo(
            "{\"metadata\":{\"annotations\":{\"podwire.io/acceleration\":\"some \\\"text\\\"\"}}}");
    assertThat(NodeAnnotation.patch(Optional.empty()))
        .isEqualTo("{\"metadata\":{\"annotations\":{\"podwire.io/acceleration\":null}}}");
  }
}
