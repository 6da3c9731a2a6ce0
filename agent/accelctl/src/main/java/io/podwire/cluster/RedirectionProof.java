package io.podwire.cluster;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Proves that a connection between two pods is redirected: it is looked up on the node while
 * messages go back and forth in it.
 */
final class RedirectionProof {

  /** Messages of each end that prove it. */
  private static final long MESSAGES = 100;

  private static final int MESSAGE_BYTES = 14;

  /** Enough for a look or two on a busy node, each of which is a command in a container. */
  private static final int SECONDS = 8;

  /** For a connection to end that was proved, or is bounded. */
  private static final Duration END_LIMIT = Duration.ofSeconds(30);

  /** A connection that nobody answers takes minutes to fail; its failure is in the output. */
  private static final String BOUNDED = "timeout 20 \"$@\" 2>&1 || true";

  /** What sockperf says once it is connected. */
  private static final String CONNECTED = "Warmup";

  private final NodeAgent agent;
  private final SockperfPods pods;
  private final Duration limit;

  /**
   * @param limit for connections to be opened: the first ones may be too early, since a new Service
   *     takes its time to reach the node
   */
  RedirectionProof(NodeAgent agent, SockperfPods pods, Duration limit) {
    this.agent = agent;
    this.pods = pods;
    this.limit = limit;
  }

  /**
   * Opens connections until one is redirected both ways.
   *
   * @param address what the client connects to
   * @throws ClusterException where none is within the limit, which says why the last was not
   */
  SeenFlow of(String address) {
    String[] why = new String[1];
    return Poll.until(
            limit,
            () -> {
              Attempt attempt = attempt(address);
              why[0] = attempt.problem();
              return attempt.flow().filter(flow -> why[0].isEmpty());
            })
        .orElseThrow(() -> new ClusterException("to " + address + ": " + why[0]));
  }

  /**
   * What one connection showed.
   *
   * @param flow as it was seen last
   * @param problem why it proves nothing; empty where it proves it
   */
  private record Attempt(Optional<SeenFlow> flow, String problem) {}

  private Attempt attempt(String address) {
    if (flow().isPresent()) {
      return new Attempt(Optional.empty(), "the connection before is still listed");
    }
    List<String> command = new ArrayList<>(List.of("sh", "-c", BOUNDED, "sh"));
    command.addAll(SockperfPods.pingPong(address, MESSAGE_BYTES, SECONDS));
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    Optional<SeenFlow> seen = Optional.empty();
    try (RunningCommand pingPong =
        new RunningCommand(pods.client(), output, command.toArray(String[]::new))) {
      do {
        Optional<SeenFlow> now = flow();
        seen = now.isPresent() ? now : seen;
      } while (!proves(seen) && !pingPong.isEnded());
      pingPong.finish(END_LIMIT);
    }
    return new Attempt(seen, problem(seen, output.toString(StandardCharsets.UTF_8)));
  }

  /** Not looked at again then: an end that closes goes back to TCP. */
  private static boolean proves(Optional<SeenFlow> seen) {
    return seen.filter(flow -> flow.retired().isEmpty()).stream()
        .anyMatch(flow -> fewest(flow) >= MESSAGES);
  }

  private static long fewest(SeenFlow flow) {
    return Math.min(flow.clientRedirected(), flow.serverRedirected());
  }

  private Optional<SeenFlow> flow() {
    return agent.flow(pods.clientAddress(), pods.serverAddress(), SockperfPods.PORT);
  }

  private static String problem(Optional<SeenFlow> seen, String said) {
    if (!said.contains(CONNECTED)) {
      return "no answer ("
          + said.strip().lines().reduce((one, next) -> next).orElse("sockperf said nothing")
          + "): does a NetworkPolicy forbid it?";
    }
    if (proves(seen)) {
      return "";
    }
    return seen.map(
            flow ->
                flow.retired()
                    .map(why -> "its connection went back to TCP (" + why + ")")
                    .orElse("only " + fewest(flow) + " messages of an end were redirected"))
        .orElse("its connection did not join");
  }
}
