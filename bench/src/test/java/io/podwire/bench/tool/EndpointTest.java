package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

final class EndpointTest {

  @Test
  void isWrittenAsInAUrl() throws UnknownHostException {
    assertThat(new Endpoint(InetAddress.getByName("10.66.0.10"), 80)).hasToString("10.66.0.10:80");
    assertThat(new Endpoint(InetAddress.getByName("fd66::a"), 80))
        .hasToString("[fd66:0:0:0:0:0:0:a]:80");
  }
}
