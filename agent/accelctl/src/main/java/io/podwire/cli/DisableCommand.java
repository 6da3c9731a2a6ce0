package io.podwire.cli;

import io.podwire.datapath.Datapath;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code accelctl disable}: no new connection joins. */
@Command(
    name = "disable",
    description = "Lets no new connection join; flows that joined go on until they close.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class DisableCommand implements Runnable {

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();
  @Mixin private final NodeOption node = new NodeOption();
  @Mixin private final PersistOption persist = new PersistOption();

  @Option(names = "--now", description = "send every flow back to TCP at its next message")
  private boolean now;

  DisableCommand(DatapathOpener opener) {
    where = new DatapathOptions(opener);
  }

  @Override
  public void run() {
    Optional<String> elsewhere = node.set(false);
    if (elsewhere.isPresent()) {
      answer.out().println(elsewhere.get());
      return;
    }
    Optional<Path> file = persist.file(where.pinDir());
    try (Datapath datapath = where.open()) {
      Status before = datapath.status();
      if (before.state() == State.ABSENT) {
        file.ifPresent(HostConfiguration::writeOff);
        answer.give("nothing is loaded at " + where.pinDir(), before);
        return;
      }
      if (now) {
        datapath.disableNow();
      } else {
        datapath.disable();
      }
      file.ifPresent(HostConfiguration::writeOff);
      Status after = datapath.status();
      answer.give(line(before.state(), after), after);
    }
  }

  private String line(State before, Status after) {
    String flows =
        Wording.count(after.flows(), "flow", "flows")
            + (now ? " left to go back to TCP" : " left until they close");
    return (before == State.DISABLED && !now ? "already disabled: " : "disabled: ") + flows;
  }
}
