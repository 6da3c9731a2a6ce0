package io.podwire.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Gears;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Settings;
import io.podwire.datapath.State;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AccelerationTest {

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private final Acceleration acceleration = new Acceleration(datapath, List.of(), Gears.ON);

  @Test
  void hasItsGearsInEveryStateAndAfterItWasAbsent() {
    acceleration.off();
    assertThat(settings()).isEqualTo(Settings.DEFAULT.withGears(Gears.ON));
    assertThat(datapath.status().state()).isEqualTo(State.DISABLED);

    acceleration.absent();
    acceleration.idle();
    assertThat(settings()).isEqualTo(Settings.DEFAULT.withGears(Gears.ON));
    assertThat(datapath.status().state()).isEqualTo(State.ENABLED);
  }

  private Settings settings() {
    return datapath.status().settings();
  }
}
