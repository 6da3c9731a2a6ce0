package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Testbed;
import io.podwire.testbed.TestbedException;
import io.podwire.testing.KernelTest;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@KernelTest
class ListeningTest {

  private static Scratch scratch;
  private static Testbed bed;

  @BeforeAll
  static void open() {
    scratch = Scratch.create();
    bed = Testbed.open("pod");
  }

  @AfterAll
  static void close() {
    bed.close();
    scratch.close();
  }

  @ParameterizedTest
  @CsvSource({
    "10.66.0.10:7, 10.66.0.10",
    "0.0.0.0:7, 10.66.0.10",
    "[fd66::10]:7, fd66::10",
    "[::]:7, fd66::10",
    "[::]:7, 10.66.0.10"
  })
  void aListenerIsSeenOnItsAddressOrOnAll(String endpoint, String address) throws Exception {
    Place pod = bed.pod("pod");
    String to = address.contains(":") ? "[" + address + "]:7" : address + ":7";
    try (Child server = pingpong(pod, "server", endpoint, "10")) {
      server.awaitListening(InetAddress.getByName(address), 7);
      String samples = scratch.file("samples").toString();
      try (Child client = pingpong(pod, "client", to, "10", "0", "1", samples)) {
        assertThat(client.finish(Duration.ofSeconds(30))).contains("transactions=");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"[fd66::10]:7, ::1, 7", "0.0.0.0:7, fd66::10, 7", "[::]:7, fd66::10, 8"})
  void anotherAddressIsNotMistakenForIt(String endpoint, String address, int port) {
    Place pod = bed.pod("pod");
    String program = OwnProgram.PINGPONG.in(scratch).toString();
    List<String> ending = List.of("timeout", "0.5", program, "server", endpoint, "10");
    try (Child server = Child.start(pod, scratch.file("output"), ending)) {
      assertThatExceptionOfType(TestbedException.class)
          .isThrownBy(() -> server.awaitListening(InetAddress.getByName(address), port))
          .withMessageContaining("does not listen on");
    }
  }

  private static Child pingpong(Place pod, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(OwnProgram.PINGPONG.in(scratch).toString());
    command.addAll(List.of(arguments));
    return Child.start(pod, scratch.file("output"), command);
  }
}
