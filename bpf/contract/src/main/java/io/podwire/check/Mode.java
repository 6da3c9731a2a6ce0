package io.podwire.check;

import io.podwire.datapath.Datapath;
import io.podwire.datapath.Gears;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** What happens to a connection between its first messages and the case proper. */
public enum Mode {
  /** Nothing: it stays accelerated. */
  DIRECT("direct"),
  /** Its backlog overflows in both directions. */
  OVERFLOW("overflow"),
  /** Acceleration is switched off, by {@code disable --now}. */
  SWITCH("switch") {
    @Override
    void midStream(Datapath datapath) {
      datapath.disableNow();
    }
  },
  /** Its backlog overflows in both directions, which shift for that, and do not retire. */
  SHIFTED("overflow"),
  /** It is open before acceleration is switched on, and is adopted. */
  ADOPTED("pause") {
    @Override
    void midStream(Datapath datapath) {
      datapath.enable();
      datapath.adopt(PATIENCE);
    }
  },
  /** Acceleration is switched off and on, and it returns. */
  RETURNED("pause") {
    @Override
    void midStream(Datapath datapath) {
      datapath.disableNow();
      datapath.enable();
      datapath.adopt(PATIENCE);
    }
  };

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final String ofProbe;

  Mode(String ofProbe) {
    this.ofProbe = ofProbe;
  }

  /** The modes in which connections join by their handshake, and not again. */
  public static Set<Mode> withoutAdoption() {
    return EnumSet.complementOf(EnumSet.of(ADOPTED, RETURNED));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The name in reports of a case in this mode. */
  String nameOf(String testCase) {
    return this == DIRECT ? testCase : testCase + "/" + this;
  }

  /** The mode of a case with such a name. */
  static Mode of(String name) {
    return Stream.of(values()).filter(mode -> name.endsWith("/" + mode)).findFirst().orElse(DIRECT);
  }

  /** The mode of the probe (its option {@code -m}). */
  String ofProbe() {
    return ofProbe;
  }

  /** What is to be done when every connection is there. */
  void midStream(Datapath datapath) {
    // nothing
  }

  /** Whether the backlogs of its connections overflow. */
  boolean overflows() {
    return this == OVERFLOW || this == SHIFTED;
  }

  /**
   * Whether directions shift. They do for adoption, too: where FIONREAD counts one queue alone, a
   * connection that waits for nobody is adopted only with gears.
   */
  Gears gears() {
    return this == SHIFTED || needsAdoption() ? Gears.ON : Gears.OFF;
  }

  /** Whether acceleration is on before the first connection. */
  boolean beginsEnabled() {
    return this != ADOPTED;
  }

  /** Whether open connections must be able to join. */
  boolean needsAdoption() {
    return this == ADOPTED || this == RETURNED;
  }
}
