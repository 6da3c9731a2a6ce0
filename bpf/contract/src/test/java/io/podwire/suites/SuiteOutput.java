package io.podwire.suites;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What {@code go test -v} and {@code cpython.py} write. */
final class SuiteOutput {

  private static final Pattern STATE = Pattern.compile("=== (RUN|PAUSE|CONT) +(\\S.*)");
  // It may begin anywhere in a line: what a test printed before it need not end in a newline.
  private static final Pattern END =
      Pattern.compile("--- (PASS|FAIL|SKIP): (.+?) \\(\\d+\\.\\d+s\\)");

  private SuiteOutput() {}

  /**
   * The outcome of each test that started; {@link Outcome#NO_END} if it did not end. One that waits
   * for its turn to run in parallel did not start, and a subtest of Go is part of its test.
   */
  static Map<String, Outcome> parse(Stream<String> lines) {
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    lines.forEach(
        line -> {
          Matcher state = STATE.matcher(line);
          if (state.find()) {
            if (state.group(1).equals("PAUSE")) {
              outcomes.remove(state.group(2));
            } else {
              outcomes.put(state.group(2), Outcome.NO_END);
            }
          }
          Matcher end = END.matcher(line);
          if (end.find()) {
            outcomes.put(end.group(2), Outcome.valueOf(end.group(1)));
          }
        });
    outcomes.keySet().removeIf(test -> test.contains("/"));
    return outcomes;
  }
}
