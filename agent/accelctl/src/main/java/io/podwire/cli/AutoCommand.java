package io.podwire.cli;

import io.podwire.datapath.Datapath;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code accelctl auto}: the way back from {@code enable} and {@code disable}. */
@Command(
    name = "auto",
    description =
        "Takes back what enable or disable said here: the agent decides again, from its next heartbeat on.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class AutoCommand implements Runnable {

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Mixin private final NodeOption node = new NodeOption();

  AutoCommand(DatapathOpener opener) {
    where = new DatapathOptions(opener);
  }

  @Override
  public void run() {
    Optional<String> elsewhere = node.remove();
    if (elsewhere.isPresent()) {
      answer.out().println(elsewhere.get());
      return;
    }
    try (Datapath datapath = where.open()) {
      Status before = datapath.status();
      if (before.state() == State.ABSENT) {
        answer.give("nothing is loaded at " + where.pinDir(), before);
        return;
      }
      datapath.leaveToAgent();
      answer.give(
          "left to the agent, which decides at its next heartbeat; "
              + before.state()
              + " until then",
          datapath.status());
    }
  }
}
