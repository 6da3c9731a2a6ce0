package io.podwire.cli;

import io.podwire.datapath.Datapath;
import io.podwire.datapath.State;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code accelctl unload}: drains the datapath and removes it from the kernel. */
@Command(
    name = "unload",
    description =
        "Sends every flow back to TCP, waits until none is left, and removes the datapath from the kernel.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class UnloadCommand implements Runnable {

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = "30s",
      description = "how long to wait for the flows, for example 500ms, 30s or 5m; default: 30s")
  private Duration timeout;

  @Option(
      names = "--force",
      description =
          "past the timeout remove it all the same: unread bytes of the flows left are lost")
  private boolean force;

  UnloadCommand(DatapathOpener opener) {
    where = new DatapathOptions(opener);
  }

  @Override
  public void run() {
    try (Datapath datapath = where.open()) {
      boolean absent = datapath.status().state() == State.ABSENT;
      // Also where it seems absent: an interrupted unload may have left pins behind.
      int cutOff = datapath.unload(timeout, force);
      answer.give(line(absent, cutOff), datapath.status());
    }
  }

  private String line(boolean absent, int cutOff) {
    if (absent) {
      return "nothing is loaded at " + where.pinDir();
    }
    return cutOff == 0
        ? "unloaded"
        : "unloaded: " + Wording.count(cutOff, "flow was", "flows were") + " cut off";
  }
}
