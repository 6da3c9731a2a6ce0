package io.podwire.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SeenFlowTest {

  @Test
  void aFlowThroughAServiceIsFoundByWhatEachEndSaysOfItself() throws IOException {
    assertThat(
            find(
                """
                {"flows": [{
                  "client": {"local": "10.1.0.7:40000", "remote": "10.96.0.9:11111", "redirected": 7, "retired": null},
                  "server": {"local": "10.1.0.8:11111", "remote": "10.77.0.11:3444", "redirected": 6, "retired": "retired_peer"}
                }]}"""))
        .contains(new SeenFlow(7, 6, Optional.of("retired_peer")));
  }

  @Test
  void flowsOfOthersAreNone() throws IOException {
    assertThat(
            find(
                """
                {"flows": [
                  {"client": {"local": "10.1.0.70:40000", "redirected": 7, "retired": null},
                   "server": {"local": "10.1.0.8:11111", "redirected": 6, "retired": null}},
                  {"client": {"local": "10.1.0.7:40000", "redirected": 7, "retired": null},
                   "server": {"local": "10.1.0.8:80", "redirected": 6, "retired": null}}
                ]}"""))
        .isEmpty();
  }

  @Test
  void aFlowThatAnEndLeftIsNone() throws IOException {
    assertThat(
            find(
                """
                {"flows": [{"client": null, "server": {"local": "10.1.0.8:11111", "redirected": 6, "retired": null}}]}"""))
        .isEmpty();
  }

  private static Optional<SeenFlow> find(String json) throws IOException {
    SeenFlow.Document document = NodeAgent.JSON.readValue(json, SeenFlow.Document.class);
    return SeenFlow.find(document, "10.1.0.7", "10.1.0.8", 11111);
  }
}
