package io.podwire.bench.cost;

import io.podwire.bench.Median;
import io.podwire.bench.PathProof;
import io.podwire.bench.Unit;
import io.podwire.bench.model.Figure;
import io.podwire.testbed.Child;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The kernel's memory for a connection, plain and accelerated. */
final class MemoryRounds {

  /** A round takes seconds, and its figure varies little. */
  private static final int MOST_PAIRS = 3;

  private static final int MESSAGES_PER_FLOW = 2;

  private enum Subject {
    PLAIN("plain connections"),
    ACCELERATED("accelerated connections");

    private final String title;

    Subject(String title) {
      this.title = title;
    }
  }

  private static final List<Subject> SUBJECTS = Arrays.asList(Subject.values());

  private final TwoPods pods;
  private final FlowsProgram flows;

  MemoryRounds(TwoPods pods) {
    this.pods = pods;
    this.flows = new FlowsProgram(pods.scratch());
  }

  static int steps(int pairs) {
    return SUBJECTS.size() * Math.min(pairs, MOST_PAIRS);
  }

  List<Figure> measure(int pairs) {
    Map<Subject, List<Double>> bytes =
        PairedRounds.run(SUBJECTS, Math.min(pairs, MOST_PAIRS), this::round);
    return figures(bytes.get(Subject.PLAIN), bytes.get(Subject.ACCELERATED));
  }

  /** Medians over the rounds; of the difference, over those of each pair. */
  static List<Figure> figures(List<Double> plain, List<Double> accelerated) {
    List<Double> added =
        IntStream.range(0, plain.size()).mapToObj(i -> accelerated.get(i) - plain.get(i)).toList();
    return List.of(
        figure("flow-memory-plain", "Kernel memory of a connection, both ends, plain TCP", plain),
        figure(
            "flow-memory-accelerated",
            "Kernel memory of a connection, both ends, accelerated",
            accelerated),
        figure("flow-memory-added", "Kernel memory that acceleration adds to a connection", added));
  }

  private static Figure figure(String name, String title, List<Double> values) {
    return new Figure(
        name,
        title,
        Unit.BYTES,
        Median.of(values.stream().mapToDouble(Double::doubleValue).toArray()));
  }

  private double round(Subject subject, int pair) {
    String name = "Kernel memory, round " + (pair + 1) + ": " + subject.title;
    pods.progress().accept(name);
    return flow(subject == Subject.ACCELERATED, name);
  }

  private double flow(boolean accelerated, String name) {
    if (accelerated) {
      pods.acceleration().on();
    } else {
      pods.acceleration().off();
    }
    pods.acceleration().datapath().configure(settings -> settings.withBreakEvenMessages(0));
    PathProof proof = PathProof.begin(pods.acceleration().datapath(), name);
    try (Child echo = flows.echo(pods.server(), pods.scale().flows())) {
      double before = KernelMemory.steady();
      try (Child held = flows.hold(pods.server(), pods.client(), pods.scale().flows())) {
        double bytes = KernelMemory.steady() - before;
        if (accelerated) {
          proof.redirected(pods.scale().flows(), (long) pods.scale().flows() * MESSAGES_PER_FLOW);
        } else {
          proof.plain();
        }
        return bytes / pods.scale().flows();
      }
    }
  }
}
