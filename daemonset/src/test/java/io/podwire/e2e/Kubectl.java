package io.podwire.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.distribution.Completed;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The cluster as an operator sees it: kubectl, with the KUBECONFIG of the environment. */
final class Kubectl {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Characters of a command's output that a message has. */
  private static final int LONGEST = 4000;

  private Kubectl() {}

  /** Runs it, and asserts that it succeeds. */
  static String kubectl(String... arguments) {
    Completed completed = attempt(arguments);
    assertThat(completed.exit())
        .as(
            "kubectl %s: %s",
            String.join(" ", arguments), briefly(completed.err() + completed.out()))
        .isZero();
    return completed.out();
  }

  static Completed attempt(String... arguments) {
    List<String> command = new ArrayList<>(List.of("kubectl"));
    command.addAll(List.of(arguments));
    return Completed.of(command);
  }

  /** What {@code get} finds. */
  static JsonNode get(String... arguments) {
    List<String> words = new ArrayList<>(List.of("get", "-o", "json"));
    words.addAll(List.of(arguments));
    return json(kubectl(words.toArray(String[]::new)));
  }

  static JsonNode json(String document) {
    try {
      return JSON.readTree(document);
    } catch (JacksonException e) {
      throw new AssertionError("no JSON: " + briefly(document), e);
    }
  }

  /**
   * The end of what a command said, for an assertion: a message of megabytes stops the process that
   * runs the tests from telling Maven anything.
   */
  static String briefly(String said) {
    return said.length() <= LONGEST ? said : "... " + said.substring(said.length() - LONGEST);
  }
}
