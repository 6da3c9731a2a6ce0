package io.podwire.cli;

import io.podwire.datapath.Datapath;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * {@code accelctl prepare}: loads the datapath for an agent, which has fewer rights and so could
 * not load each guard.
 */
@Command(
    name = "prepare",
    description =
        "Loads the datapath of this accelctl with every guard that the kernel takes, for who enables it with fewer rights; changes nothing of what joins.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class PrepareCommand implements Runnable {

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();

  PrepareCommand(DatapathOpener opener) {
    where = new DatapathOptions(opener);
  }

  @Override
  public void run() {
    try (Datapath datapath = where.open()) {
      datapath.prepare(UnaryOperator.identity());
      answer.give("prepared: enable has connections join", datapath.status());
    }
  }
}
