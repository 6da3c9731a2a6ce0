package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayoutTest {

  @Test
  void javaAndCCountTheSameEvents() {
    List<String> kernel = FlowHeader.enumValues("counter");

    assertThat(kernel).last().isEqualTo("COUNTERS");
    assertThat(names(Counter.values())).isEqualTo(kernel.subList(0, kernel.size() - 1));
  }

  @Test
  void javaAndCKnowTheSameStates() {
    assertThat(names(State.values()))
        .startsWith(FlowHeader.enumValues("state").toArray(String[]::new));
  }

  @Test
  void javaAndCKnowTheSameAuthorities() {
    assertThat(names(Authority.values())).isEqualTo(FlowHeader.enumValues("authority"));
  }

  @Test
  void javaAndCSelectTheSameWay() {
    assertThat(names(Selection.values())).isEqualTo(FlowHeader.enumValues("selection"));
  }

  @Test
  void javaPinsTheGenerationThatTheProgramsHave() {
    assertThat(Generation.CURRENT).isEqualTo(FlowHeader.generation());
  }

  @Test
  void settingsLieWhereTheProgramsReadThem() {
    Settings settings = new Settings(4097, 12, 13, 14);

    ByteBuffer entry =
        Layout.entry(
            ByteBuffer.allocate(32).order(ByteOrder.nativeOrder()), settings, State.DRAINING, 15);

    List<String> fields = FlowHeader.words("settings");
    assertThat(fields).hasSize(8);
    assertThat(entry.getInt(4 * fields.indexOf("state"))).isEqualTo(State.DRAINING.ordinal());
    assertThat(entry.getInt(4 * fields.indexOf("epoch"))).isEqualTo(15);
    assertThat(entry.getInt(4 * fields.indexOf("max_backlog_bytes"))).isEqualTo(4097);
    assertThat(entry.getInt(4 * fields.indexOf("max_backlog_messages"))).isEqualTo(12);
    assertThat(entry.getInt(4 * fields.indexOf("max_flows"))).isEqualTo(13);
    assertThat(entry.getInt(4 * fields.indexOf("break_even_messages"))).isEqualTo(14);
    assertThat(Layout.settings(entry)).isEqualTo(settings);
    Layout.switched(entry, State.ENABLED, Authority.NODE);
    assertThat(entry.getInt(4 * fields.indexOf("authority"))).isEqualTo(Authority.NODE.ordinal());
    assertThat(Layout.SETTINGS_POLICY_EPOCH).isEqualTo(4 * fields.indexOf("policy_epoch"));
    assertThat(Layout.POLICY_MARK).isEqualTo(4 * FlowHeader.words("policy").indexOf("mark"));
  }

  @Test
  void aPrefixSurvivesTheKernel() {
    Prefix prefix = Prefix.cidr("10.6.0.0/16");

    ByteBuffer key = Layout.key(ByteBuffer.allocate(20).order(ByteOrder.nativeOrder()), prefix);

    assertThat(key.getInt(0)).isEqualTo(96 + 16);
    assertThat(Layout.prefix(key)).isEqualTo(prefix);
  }

  private static List<String> names(Enum<?>[] values) {
    return Arrays.stream(values).map(Enum::name).toList();
  }
}
