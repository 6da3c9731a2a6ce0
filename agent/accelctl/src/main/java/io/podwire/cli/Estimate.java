package io.podwire.cli;

import io.podwire.datapath.Counter;
import io.podwire.datapath.MessageCost;
import io.podwire.datapath.Observed;
import io.podwire.datapath.Status;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What is estimated beside a status: what acceleration saves, and what it would.
 *
 * @param redirected messages
 * @param observed connections that are open, and what they and those that closed have sent; empty
 *     where none was observed
 * @param cost of a message on this machine; empty where it was not calibrated
 */
record Estimate(long redirected, Optional<Observed> observed, Optional<MessageCost> cost) {

  static final Estimate NONE = new Estimate(0, Optional.empty(), Optional.empty());

  /**
   * @param open connections that are observed
   */
  static Estimate of(Status status, Observed open, Optional<MessageCost> cost) {
    Map<Counter, Long> counters = status.counters();
    boolean observed = status.settings().observes() || counters.get(Counter.OBSERVED) > 0;
    return new Estimate(
        counters.get(Counter.REDIRECTED),
        observed
            ? Optional.of(
                new Observed(
                    open.connections(),
                    open.messages() + counters.get(Counter.OBSERVED_MESSAGES),
                    open.bytes() + counters.get(Counter.OBSERVED_BYTES)))
            : Optional.empty(),
        cost);
  }

  /** Messages of observed connections. */
  long observedMessages() {
    return observed.map(Observed::messages).orElse(0L);
  }

  /** The rows of a status for people. */
  Map<String, String> rows() {
    Map<String, String> rows = new LinkedHashMap<>();
    observed.ifPresent(
        all ->
            rows.put(
                "would-redirect",
                "about %d messages, %d bytes; of these connections %d are open"
                    .formatted(all.messages(), all.bytes(), all.connections())));
    if (redirected > 0) {
      rows.put("cpu-saved", saved(redirected));
    }
    if (observed.isPresent()) {
      rows.put("cpu-would-save", saved(observedMessages()));
    }
    return rows;
  }

  private String saved(long messages) {
    return cost.map(
            one ->
                String.format(
                    Locale.ROOT,
                    "about %.1f s: %.0f ns of a message's %.0f",
                    one.savedSeconds(messages),
                    one.savedNanos(),
                    one.plainNanos()))
        .orElse("unknown until accelctl bench --calibrate has measured this machine");
  }
}
