package io.podwire.check;

import io.podwire.datapath.AcceleratedNode;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Cases of the socket contract for tests that look at what the datapath does meanwhile. */
final class ContractCases {

  private ContractCases() {}

  /**
   * Runs cases between the node's client and server.
   *
   * @return a line for each, as it ends: its name, and what was observed
   */
  static String observe(AcceleratedNode node, String... cases) {
    try (Scratch scratch = Scratch.create()) {
      List<String> command = new ArrayList<>();
      command.add(scratch.program(Probe.RESOURCE).toString());
      Stream.of(cases).forEach(name -> command.addAll(List.of("-c", name)));
      command.addAll(List.of(node.client().netns(), node.server().netns()));
      for (Place place : List.of(node.client(), node.server())) {
        command.add(place.ipv4().getHostAddress());
        command.add(place.ipv6().getHostAddress());
      }
      return node.client().run(command.toArray(String[]::new));
    }
  }
}
