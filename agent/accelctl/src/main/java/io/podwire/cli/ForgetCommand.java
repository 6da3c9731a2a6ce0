package io.podwire.cli;

import io.podwire.datapath.Datapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.State;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code accelctl forget}: connections that were kept off may join again. */
@Command(
    name = "forget",
    description =
        "Forgets which clients, listeners and containers were seen to need what a joined socket cannot keep, so that their new connections may join.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class ForgetCommand implements Runnable {

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();

  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      converter = AddressConverter.class,
      description = "only the clients and listeners with this address")
  private Optional<Prefix> address;

  @Option(
      names = "--container",
      paramLabel = "CGROUP-ID",
      description = "only the container with this cgroup id, which status shows")
  private Optional<Long> container;

  ForgetCommand(DatapathOpener opener) {
    where = new DatapathOptions(opener);
  }

  @Override
  public void run() {
    try (Datapath datapath = where.open()) {
      if (datapath.status().state() == State.ABSENT) {
        answer.give("nothing is loaded at " + where.pinDir(), datapath.status());
        return;
      }
      int forgotten = forget(datapath);
      answer.give(
          forgotten == 0
              ? "nothing to forget"
              : "forgotten: " + Wording.count(forgotten, "entry", "entries"),
          datapath.status());
    }
  }

  private int forget(Datapath datapath) {
    if (address.isEmpty() && container.isEmpty()) {
      return datapath.forget();
    }
    return address.map(List::of).map(datapath::forget).orElse(0)
        + container.map(datapath::forget).orElse(0);
  }
}
