package io.podwire.clusterbench;

import io.podwire.bench.Unit;
import io.podwire.bench.model.Column;
import io.podwire.bench.model.ExpectedJoining;

/**
 * The column of one message size.
 *
 * @param size bytes of a message
 */
record PingPongColumn(int size) implements Column {

  @Override
  public String name() {
    return "sockperf-latency-" + size;
  }

  @Override
  public String title() {
    return "sockperf latency, " + size + " B";
  }

  @Override
  public String tool() {
    return "sockperf ping-pong --tcp -m " + size;
  }

  @Override
  public Unit unit() {
    return Unit.MICROS;
  }

  @Override
  public Work work() {
    return Work.TRANSACTION;
  }

  @Override
  public ExpectedJoining joining() {
    return ExpectedJoining.EVERY_MESSAGE;
  }
}
