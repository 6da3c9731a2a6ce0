package io.podwire.cli;

import io.podwire.agent.OneLine;
import io.podwire.agent.PodsDocument;
import io.podwire.datapath.DatapathView;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code accelctl explain}: why connections are redirected, or not. */
@Command(
    name = "explain",
    description =
        "Says why connections of a pod are redirected, or not, and what would change that; without"
            + " a pod, of whom it knows.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class ExplainCommand implements Runnable {

  @Spec private CommandSpec verb;

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Mixin private final AgentOption agent = new AgentOption();

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "POD|ADDRESS",
      description = "namespace/pod, where an agent runs, or an address")
  private Optional<String> one;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "POD|ADDRESS[:PORT]",
      description = "the same, of whom the first connects to; [ADDRESS]:PORT where it is IPv6")
  private Optional<String> other;

  @Option(
      names = "--proc",
      paramLabel = "DIR",
      defaultValue = "${env:PODWIRE_PROC:-/proc}",
      description =
          "the host's /proc, which shows what is open in pods; default: $PODWIRE_PROC, or /proc")
  private Path proc;

  ExplainCommand(DatapathOpener opener) {
    where = new DatapathOptions(opener);
  }

  @Override
  public void run() {
    Optional<PodsDocument> pods = namesAPod() ? agent.neededDocument() : agent.document();
    List<Party> parties = parties(pods);
    try (DatapathView datapath = where.open()) {
      Explanation explanation =
          parties.isEmpty()
              ? Explanation.ofAll(datapath, pods)
              : Explanation.of(
                  parties,
                  datapath,
                  pods,
                  question -> OpenConnections.in(proc, question::mayConcern));
      if (answer.isJson()) {
        JsonAnswer.print(ExplanationDocument.of(explanation), answer.out());
      } else {
        explanation.sentences().forEach(line -> answer.out().println(OneLine.printable(line)));
      }
    }
  }

  private boolean namesAPod() {
    return Stream.of(one, other).flatMap(Optional::stream).anyMatch(text -> text.contains("/"));
  }

  private List<Party> parties(Optional<PodsDocument> pods) {
    try {
      List<Party> parties =
          Stream.of(one, other)
              .flatMap(Optional::stream)
              .map(text -> Party.parse(text, pods))
              .toList();
      if (parties.size() == 2 && parties.get(0).port().isPresent()) {
        throw new IllegalArgumentException(
            one.orElseThrow() + ": of two, only the second has a port: that which is connected to");
      }
      return parties;
    } catch (IllegalArgumentException | TypeConversionException e) {
      throw new ParameterException(verb.commandLine(), e.getMessage(), e);
    }
  }
}
