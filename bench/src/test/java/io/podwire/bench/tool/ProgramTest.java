package io.podwire.bench.tool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ProgramTest {

  @Test
  void saysWhatToInstall() {
    assertThat(Program.REDIS_BENCHMARK.missing())
        .isEqualTo("redis-benchmark is not installed: apt-get install redis-tools");
  }
}
