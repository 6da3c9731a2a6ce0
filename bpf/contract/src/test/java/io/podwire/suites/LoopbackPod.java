package io.podwire.suites;

import io.podwire.datapath.Counter;
import io.podwire.datapath.KernelDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.Settings;
import io.podwire.testbed.Place;
import io.podwire.testbed.Testbed;
import java.time.Duration;
import java.util.Map;

/** A pod whose loopback is plain TCP until it is accelerated; whoever opens it closes it. */
final class LoopbackPod implements AutoCloseable {

  // A pod's loopback is joined once the pod used a selected address (docs/datapath/pairing.md).
  private static final String CONNECT_TO_ITSELF =
      """
      import socket, sys
      with socket.create_server((sys.argv[1], 0)) as listener:
          socket.create_connection(listener.getsockname()).close()
      """;

  private final Testbed bed = Testbed.open("pod");
  private final KernelDatapath datapath = KernelDatapath.at(bed.pinDir(), bed.cgroup());

  Place place() {
    return bed.pod("pod");
  }

  /** From now on, every new connection over loopback joins that can. */
  void accelerate() {
    datapath.configure(any -> Settings.DEFAULT.withBreakEvenMessages(0));
    datapath.select(place().addresses().stream().map(Prefix::of).toList(), Selection.SELECTED);
    datapath.enable();
    place().run("python3", "-c", CONNECT_TO_ITSELF, place().ipv4().getHostAddress());
  }

  /** From now on, loopback is plain TCP. */
  void decelerate() {
    // What a suite left running may hold flows for ever.
    datapath.unload(Duration.ofSeconds(10), true);
  }

  Map<Counter, Long> counters() {
    return datapath.status().counters();
  }

  @Override
  public void close() {
    datapath.unload(Duration.ofSeconds(10), true);
    datapath.close();
    bed.close();
  }
}
