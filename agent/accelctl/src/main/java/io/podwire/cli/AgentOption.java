package io.podwire.cli;

import io.podwire.agent.AgentException;
import io.podwire.agent.Names;
import io.podwire.agent.PodsDocument;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the agent of this node answers. */
final class AgentOption {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** For names, which a list can do without. */
  private static final Duration PATIENCE_FOR_NAMES = Duration.ofSeconds(1);

  @Option(
      names = "--agent",
      paramLabel = "ADDRESS:PORT",
      converter = ListenConverter.class,
      defaultValue = "${env:PODWIRE_PROBE_LISTEN:-" + ListenConverter.PROBES + "}",
      description =
          "where the agent answers this host; default: $PODWIRE_PROBE_LISTEN, or "
              + ListenConverter.PROBES)
  private InetSocketAddress where;

  /**
   * What the agent says of this node, as it wrote it.
   *
   * @throws AgentException where none answers
   */
  String pods() {
    return new LocalAgent(where).pods(PATIENCE);
  }

  /** What the agent says of this node; empty where none answers at once. */
  Optional<PodsDocument> document() {
    return document(PATIENCE_FOR_NAMES);
  }

  /** The same for who cannot do without. */
  Optional<PodsDocument> neededDocument() {
    return document(PATIENCE);
  }

  private Optional<PodsDocument> document(Duration patience) {
    try {
      return Optional.of(PodsDocument.parse(new LocalAgent(where).pods(patience)));
    } catch (AgentException e) {
      return Optional.empty();
    }
  }

  /** The names that the agent knows; none where none answers. */
  Names names() {
    return document().map(Names::of).orElse(Names.NONE);
  }
}
