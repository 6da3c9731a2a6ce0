package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podwire.datapath.Adoption;
import io.podwire.datapath.Finding;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In a time that passes as fast as the adopter sleeps. */
@Timeout(30)
final class AdoptionLoopTest {

  private static final Prefix POD = Prefix.address("10.6.1.2");

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private final Map<Integer, Runnable> events = new HashMap<>();
  private final PrintStream err = System.err;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private int second;

  @BeforeEach
  void readTheLog() {
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void giveTheLogBack() {
    System.setErr(err);
  }

  @Test
  void itWaitsForADatapathAndThenAdoptsOnce() {
    at(5, datapath::load);
    at(10, () -> assertThat(datapath.attempts()).isZero());
    at(11, datapath::enable);

    follow(60);

    assertThat(datapath.attempts()).isEqualTo(1);
  }

  @Test
  void aSelectionThatChangesIsLookedAtAndOneLineSaysWhatJoined() {
    datapath.enable();
    at(
        20,
        () -> {
          datapath.adopts(
              new Adoption(
                  3, 0, Map.of(Finding.ADOPTED, 4, Finding.RETURNED, 1), Duration.ofMillis(12)));
          datapath.select(List.of(POD), Selection.SELECTED);
        });

    follow(60);

    assertThat(datapath.attempts()).isEqualTo(2);
    assertThat(lines())
        .filteredOn(line -> line.contains("joined"))
        .singleElement()
        .asString()
        .endsWith("INFO connections joined adopted=4 returned=1 busy=0 refused=0 cpu=12ms");
  }

  @Test
  void whatASecurityModuleHidesIsSaidOnce() {
    datapath.enable();
    datapath.adopts(new Adoption(3, 7, Map.of(Finding.BUSY_BYTES, 1), Duration.ZERO));

    follow(60);

    assertThat(datapath.attempts()).isGreaterThan(3);
    assertThat(lines()).filteredOn(line -> line.contains("hides from this one: 7;")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"false, this kernel cannot adopt", "true, this kernel may crash"})
  void whereNothingCanBeAdoptedItSaysSoOnceAndWaitsForItsEnd(boolean harmful, String why) {
    datapath.enable();
    if (harmful) {
      datapath.hasHarmfulIterator();
    } else {
      datapath.adopts(null);
    }
    AdoptionLoop adopter =
        new AdoptionLoop(datapath, Path.of("/proc"), datapath::requireMendedIterator);
    Thread thread = new Thread(adopter::run);
    thread.start();
    await()
        .untilAsserted(
            () ->
                assertThat(lines())
                    .singleElement()
                    .asString()
                    .endsWith("WARN nothing is adopted on this node: " + why));
    assertThat(thread.isAlive()).isTrue();

    adopter.close();

    await().until(() -> !thread.isAlive());
    assertThat(datapath.attempts()).isZero();
  }

  @Test
  void aFailureIsSaidOnceAndTriedAgain() {
    datapath.enable();
    at(1, () -> datapath.adopts(null)); // as where a right was taken away
    at(2, () -> datapath.select(List.of(POD), Selection.SELECTED));
    at(100, () -> datapath.adopts(Adoption.NOTHING));

    follow(200);

    assertThat(lines())
        .filteredOn(line -> line.contains("ERROR"))
        .singleElement()
        .asString()
        .endsWith("adoption failed reason=\"this kernel cannot adopt\"");
    assertThat(datapath.attempts()).isEqualTo(2);
  }

  private void at(int second, Runnable event) {
    events.put(second, event);
  }

  /** From the first second on. */
  private void follow(int seconds) {
    AdoptionLoop[] adopter = new AdoptionLoop[1];
    adopter[0] =
        new AdoptionLoop(
            datapath,
            Path.of("/proc"),
            new AdoptionLoop.Time() {
              @Override
              public long nanos() {
                return Duration.ofSeconds(second).toNanos();
              }

              @Override
              public long cpu() {
                return 0;
              }

              @Override
              public void pass(Duration time) {
                second += (int) time.toSeconds();
                events.getOrDefault(second, () -> {}).run();
                if (second == seconds) {
                  adopter[0].stop();
                }
              }
            });
    adopter[0].run();
  }

  private List<String> lines() {
    return log.toString(StandardCharsets.UTF_8).lines().toList();
  }
}
