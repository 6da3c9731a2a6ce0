package io.podwire.cli;

import io.podwire.agent.AdoptionLoop;
import io.podwire.datapath.Adoption;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.DatapathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code accelctl adopt}: connections join that are open already. */
@Command(
    name = "adopt",
    description =
        "Lets connections between selected addresses join that are open already, and those that went back to TCP.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class AdoptCommand implements Runnable {

  /** How long an attempt takes where no {@code --timeout} is given. */
  static final Duration TIMEOUT = Duration.ofSeconds(5);

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Spec private CommandSpec spec;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description =
          "how long to try again those that are busy, for example 500ms, 30s or 5m; default: 5s")
  private Optional<Duration> timeout;

  @Option(
      names = "--follow",
      description = "go on until it is ended, and adopt what becomes open to it")
  private boolean follow;

  @Option(
      names = "--proc",
      paramLabel = "DIR",
      defaultValue = "${env:PODWIRE_PROC:-/proc}",
      description =
          "the host's /proc, which shows pods' network namespaces; default: $PODWIRE_PROC, or /proc")
  private Path proc;

  @Option(
      names = "--accept",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "${env:PODWIRE_ACCEPT:-}",
      description =
          "as of enable, of which it heeds \"tcp-iterator\": adopt on a kernel that is not known to"
              + " do without harm (CVE-2026-74714); default: $PODWIRE_ACCEPT")
  private List<String> accepted = new ArrayList<>();

  AdoptCommand(DatapathOpener opener) {
    where = new DatapathOptions(opener);
  }

  @Override
  public void run() {
    if (follow) {
      follow();
    } else {
      adopt();
    }
  }

  private void follow() {
    if (timeout.isPresent() || answer.isJson()) {
      throw new ParameterException(
          spec.commandLine(), "--timeout and -o are of a single run: leave them out with --follow");
    }
    try (Datapath datapath = where.open();
        AdoptionLoop adopter =
            new AdoptionLoop(
                datapath, proc, () -> Consent.requireMendedIterator(datapath, accepted))) {
      Runtime.getRuntime().addShutdownHook(new Thread(adopter::close, "shutdown"));
      adopter.run();
    }
  }

  private void adopt() {
    try (Datapath datapath = where.open()) {
      datapath.requireAdoption();
      Consent.requireMendedIterator(datapath, accepted);
      if (!datapath.status().joins()) {
        throw new DatapathException(
            "nothing joins at "
                + where.pinDir()
                + " before it is enabled: accelctl enable --adopt");
      }
      Adoption adoption = datapath.adopt(timeout.orElse(TIMEOUT), proc);
      if (answer.isJson()) {
        JsonAnswer.print(AdoptionDocument.of(adoption), answer.out());
      } else {
        AdoptionAnswer.writeText(adoption, answer.out());
      }
    }
  }
}
