package io.podwire.cli;

import io.podwire.datapath.Adoption;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.DatapathException;
import io.podwire.datapath.State;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code accelctl adopt}: connections join that are open already. */
@Command(
    name = "adopt",
    description =
        "Lets connections between selected addresses join that are open already, and those that went back to TCP.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class AdoptCommand implements Runnable {

  /** Where no other is given. */
  static final Duration TIMEOUT = Duration.ofSeconds(5);

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = "5s",
      description =
          "how long to try again those that are busy, for example 500ms, 30s or 5m; default: 5s")
  private Duration timeout;

  AdoptCommand(DatapathOpener opener) {
    where = new DatapathOptions(opener);
  }

  @Override
  public void run() {
    try (Datapath datapath = where.open()) {
      datapath.requireAdoption();
      if (datapath.status().state() != State.ENABLED) {
        throw new DatapathException(
            "nothing joins at "
                + where.pinDir()
                + " before it is enabled: accelctl enable --adopt");
      }
      Adoption adoption = datapath.adopt(timeout);
      if (answer.isJson()) {
        AdoptionAnswer.writeJson(adoption, answer.out());
      } else {
        AdoptionAnswer.writeText(adoption, answer.out());
      }
    }
  }
}
