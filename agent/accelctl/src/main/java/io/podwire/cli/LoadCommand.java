package io.podwire.cli;

import io.podwire.datapath.Datapath;
import io.podwire.datapath.Status;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * {@code accelctl load}: loads the datapath for an agent, which has fewer rights and so could not
 * load each guard.
 */
@Command(
    name = "load",
    description =
        "Loads the datapath of this accelctl with every guard that the kernel takes, and lets nothing join before it is enabled.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class LoadCommand implements Runnable {

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();

  LoadCommand(DatapathOpener opener) {
    where = new DatapathOptions(opener);
  }

  @Override
  public void run() {
    try (Datapath datapath = where.open()) {
      datapath.require();
      datapath.load();
      Status status = datapath.status();
      answer.give("loaded: " + status.state(), status);
    }
  }
}
