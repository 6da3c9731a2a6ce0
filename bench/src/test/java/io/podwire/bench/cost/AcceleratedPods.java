package io.podwire.bench.cost;

import io.podwire.bench.Acceleration;
import io.podwire.datapath.Gears;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.testbed.Cpus;
import io.podwire.testbed.Place;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Testbed;
import java.util.function.Function;
import java.util.stream.Stream;

/** Two pods of a testbed on one CPU, with a datapath of their own. */
final class AcceleratedPods {

  private AcceleratedPods() {}

  /** Measures between them; afterwards nothing is left. */
  static <T> T measure(Gears gears, Scale scale, Function<TwoPods, T> rounds) {
    Cpus cpus = Cpus.choose(Placement.SAME);
    try (Testbed bed = Testbed.open("server", "client");
        Scratch scratch = Scratch.create()) {
      Place server = cpus.server(bed.pod("server"));
      Place client = cpus.client(bed.pod("client"));
      try (Acceleration acceleration =
          new Acceleration(
              KernelDatapath.at(bed.pinDir(), bed.cgroup()),
              Stream.of(server, client).map(Place::ipv4).map(Prefix::of).toList(),
              gears)) {
        return rounds.apply(new TwoPods(acceleration, server, client, scratch, scale, what -> {}));
      }
    }
  }
}
