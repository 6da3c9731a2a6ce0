package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Authority;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.ObjectMapper;

final class SelectionCommandTest {

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private String cgroup;

  @BeforeEach
  void selectSomething(@TempDir Path directory) throws Exception {
    Files.createFile(directory.resolve("cgroup.controllers"));
    cgroup = directory.toString();
    datapath.enable();
    datapath.select(
        List.of(
            Prefix.address("10.6.1.10"), Prefix.address("10.6.1.2"), Prefix.cidr("10.6.0.0/16")),
        Selection.SELECTED);
    datapath.select(List.of(Prefix.address("10.6.1.9")), Selection.EXCLUDED);
  }

  @Test
  void whatIsSelectedAndExcludedIsListedInTheOrderOfAddresses() {
    assertThat(selection().out().replaceAll(" +", " "))
        .isEqualTo(
            """
            10.6.0.0/16 selected
            10.6.1.2 selected
            10.6.1.9 excluded
            10.6.1.10 selected
            3 prefixes selected, 1 excluded
            """);
  }

  @Test
  void programsGetADocument() throws Exception {
    assertThat(new ObjectMapper().readTree(selection("-o", "json").out()))
        .hasToString(
            "{\"selection\":[{\"prefix\":\"10.6.0.0/16\",\"state\":\"selected\"},"
                + "{\"prefix\":\"10.6.1.2\",\"state\":\"selected\"},"
                + "{\"prefix\":\"10.6.1.9\",\"state\":\"excluded\"},"
                + "{\"prefix\":\"10.6.1.10\",\"state\":\"selected\"}]}");
  }

  @Test
  void entriesThatAreNamedAreRemovedAndTheOthersStay() {
    CommandLineRun run = selection("--remove", "10.6.1.9,10.6.0.0/16", "--remove", "10.6.1.2");

    assertThat(run.exit()).isZero();
    assertThat(run.out()).endsWith("\n1 prefix selected, 0 excluded\n");
    assertThat(datapath.selection()).containsOnlyKeys(Prefix.address("10.6.1.10"));
  }

  @Test
  void everyEntryIsRemovedAtOnce() {
    CommandLineRun run = selection("--remove-all");

    assertThat(run).isEqualTo(new CommandLineRun(0, "0 prefixes selected, 0 excluded\n", ""));
    assertThat(datapath.selection()).isEmpty();
  }

  @Test
  void whereOneEntryIsNotThereNoneIsRemoved() {
    CommandLineRun run = selection("--remove", "10.6.1.2,10.6.1.3");

    assertThat(run)
        .isEqualTo(
            new CommandLineRun(
                1,
                "",
                "accelctl: 10.6.1.3 is not in the selection, so nothing was removed:"
                    + " accelctl selection lists it\n"));
    assertThat(datapath.selection()).hasSize(4);
  }

  @Test
  void whatNoPodHasCanBeRemovedWhereAnOlderVersionTookIt() {
    datapath.select(List.of(Prefix.address("127.0.0.1")), Selection.SELECTED);

    assertThat(selection("--remove", "127.0.0.1").exit()).isZero();
    assertThat(datapath.selection()).doesNotContainKey(Prefix.address("127.0.0.1"));
  }

  @Test
  void whereAnAgentDecidesItSaysSo() {
    datapath.enable(Authority.AGENT);

    assertThat(selection().out()).endsWith("1 excluded; the agent decides, see accelctl pods\n");
  }

  private CommandLineRun selection(String... arguments) {
    List<String> all = new ArrayList<>(List.of("selection", "--cgroup", cgroup));
    all.addAll(List.of(arguments));
    return CommandLineRun.on(datapath, all.toArray(String[]::new));
  }
}
