package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.check.CheckReport;
import io.podwire.datapath.Authority;
import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.State;
import io.podwire.testbed.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Model.OptionSpec;

/** What {@code --persist} writes, and {@code restore} makes of it. */
final class PersistTest {

  /** What stands above the lines of the file. */
  private static final String HEAD =
      "# Written anew by accelctl enable --persist and disable --persist; see podwire.conf(5).\n";

  @TempDir private Path directory;

  private final InMemoryDatapath datapath = new InMemoryDatapath();
  private final InMemoryDatapath afterBoot = new InMemoryDatapath();
  private Path file;

  @BeforeEach
  void chooseTheFile() {
    file = directory.resolve("etc/podwire.conf");
  }

  @Test
  void theNextBootHasTheSelectionTheLimitsAndTheSwitch() {
    persist(
        "enable --address fd00::2 --cidr 10.7.0.0/16 --exclude 10.7.0.9 --exclude 10.7.8.0/24"
            + " --max-flows 100 --break-even 0 --gears off --accept splice,waitall"
            + " --yield-to obi,envoy");

    assertThat(file)
        .hasContent(
            HEAD
                + """
                switch=on
                cidr=10.7.0.0/16
                exclude=10.7.0.9
                exclude=10.7.8.0/24
                address=fd00:0:0:0:0:0:0:2
                max-flows=100
                break-even=0
                gears=off
                accept=splice
                accept=waitall
                yield-to=obi
                yield-to=envoy
                """);
    assertThat(restore()).isEqualTo(done("enabled: 2 prefixes selected"));
    assertThat(afterBoot.selection()).isEqualTo(datapath.selection());
    assertThat(afterBoot.status().settings()).isEqualTo(datapath.status().settings());
  }

  @Test
  void aHostThatObservesDoesSoAfterTheNextBootToo() {
    persist("enable --cidr 10.7.0.0/16 --observe");

    assertThat(file).hasContent(HEAD + "switch=on\ncidr=10.7.0.0/16\nobserve=true\n");
    assertThat(restore()).isEqualTo(done("observing: 1 prefix selected; nothing joins"));

    persist("enable");
    assertThat(file).hasContent(HEAD + "switch=on\ncidr=10.7.0.0/16\n");
  }

  @Test
  void whatWasWrittenBeforeIsAddedTo() {
    persist("enable --cidr 10.7.0.0/16 --accept splice");
    persist("enable --address 10.6.1.2 --accept splice,waitall");

    assertThat(file)
        .hasContent(
            HEAD
                + """
                switch=on
                address=10.6.1.2
                cidr=10.7.0.0/16
                accept=splice
                accept=waitall
                """);
  }

  @Test
  void whatIsNotToLastIsNotWritten() {
    assertThat(run(datapath, "enable --address 10.6.1.2").exit()).isZero();
    assertThat(run(datapath, "disable").exit()).isZero();

    assertThat(file).doesNotExist();
  }

  @Test
  void aHostThatWasSwitchedOffHasItsSelectionAndNothingJoins() {
    persist("enable --cidr 10.7.0.0/16 --accept splice");
    persist("disable");

    assertThat(file).hasContent(HEAD + "switch=off\ncidr=10.7.0.0/16\naccept=splice\n");
    assertThat(restore())
        .isEqualTo(done("disabled: 1 prefix selected; accelctl enable has them join"));
    assertThat(afterBoot.status().state()).isEqualTo(State.DISABLED);
    assertThat(afterBoot.status().authority()).isEqualTo(Authority.LOCAL);
    assertThat(afterBoot.selection()).containsEntry(Prefix.cidr("10.7.0.0/16"), Selection.SELECTED);
  }

  @Test
  void offIsWrittenAlsoWhereNothingIsLoaded() {
    persist("disable");

    assertThat(file).hasContent(HEAD + "switch=off\n");
  }

  @Test
  void restoringTwiceChangesNothing() {
    persist("enable --address 10.6.1.2");
    restore();

    assertThat(restore()).isEqualTo(done("already enabled: 1 prefix selected"));
  }

  /** An upgrade of the package restarts the service. */
  @Test
  void whatWasSwitchedOffSinceTheBootStaysOff() {
    persist("enable --address 10.6.1.2");
    restore();
    run(afterBoot, "disable");

    assertThat(restore().out()).startsWith("disabled: 1 prefix selected");
    assertThat(afterBoot.status().state()).isEqualTo(State.DISABLED);
  }

  @Test
  void soItDoesWhereAnUpgradeBringsAnotherGeneration() {
    persist("enable --address 10.6.1.2");
    afterBoot.olderGenerationSwitchedOff(Authority.LOCAL);

    assertThat(restore().out()).startsWith("disabled: 1 prefix selected");
    assertThat(afterBoot.status().state()).isEqualTo(State.DISABLED);
  }

  @Test
  void aFileThatWasWrittenByHandMayHaveCommentsAndBlanks() throws Exception {
    write(
        "# pods\n\n  address = 10.6.1.2, 10.6.1.3\n  # more\ncidr=10.7.0.0/16\naccept=unchecked\n");

    assertThat(restore()).isEqualTo(done("enabled: 3 prefixes selected"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "adress=10.6.1.2      | there is no option adress: write switch, accept, address, ",
        "node=worker-1        | there is no option node: write switch, ",
        "address              | address has no value: write OPTION=VALUE",
        "switch=maybe         | switch is on or off, not maybe",
        "address=300.1.2.3    | 300.1.2.3 is not an IP address: write an IPv4 or IPv6 address",
        "cidr=10.6.1.2/16     | 10.6.1.2/16 has host bits: its network is 10.6.0.0/16",
        "exclude=             | ",
        "max-flows=0          | --max-flows must be 1 to 1000000, not 0",
        "max-flows=many       | 'many' is not an int",
        "max-flows=7          | max-flows is there twice: remove one",
        "gears=third          | 'third'",
        "accept=slice         | --accept slice is neither a known limit, a protection nor a case"
      })
  void aBadLineIsNamedBeforeAnythingIsTouched(String line, String complaint) throws Exception {
    write("# comment\nmax-flows=100\n" + line + "\naddress=10.6.1.9\n");
    if (!line.startsWith("max-flows")) {
      write(Files.readString(file).replace("max-flows", "break-even"));
    }
    if (line.equals("max-flows=0") || line.equals("max-flows=many")) {
      write(Files.readString(file).replace("max-flows=100\n", "break-even=1\n"));
    }

    CommandLineRun run = restore();

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .startsWith("accelctl: " + file + ", line 3: ")
        .contains(complaint == null ? "" : complaint)
        .hasLineCount(1);
    assertThat(afterBoot.status().state()).isEqualTo(State.ABSENT);
  }

  @Test
  void whatIsWrongWithNoSingleLineNamesTheFile() throws Exception {
    write("address=10.6.1.2\nexclude=10.6.1.2\n");

    assertThat(restore().err())
        .isEqualTo(
            "accelctl: " + file + ": 10.6.1.2 is both to be selected and excluded: write one\n");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThat(restore().err())
        .isEqualTo("accelctl: there is no " + file + ": accelctl enable --persist writes it\n");
  }

  @Test
  void whatCannotBeWrittenIsSaidAfterTheRestWasDone() {
    CommandLineRun run = run(datapath, "enable --address 10.6.1.2 --persist=/proc/none/conf");

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err())
        .startsWith("accelctl: done here, but not for the next boot: cannot write /proc/none/conf")
        .hasLineCount(1);
    assertThat(datapath.status().state()).isEqualTo(State.ENABLED);
  }

  @Test
  void otherPinsAreNotThoseOfTheService() {
    CommandLineRun run = run(datapath, "enable --pin-dir /pins --persist=" + file);

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err())
        .contains("--persist is for the pins in /sys/fs/bpf/podwire, ", "not for /pins")
        .hasLineCount(1);
    assertThat(datapath.status().state()).isEqualTo(State.ABSENT);
  }

  @ParameterizedTest
  @CsvSource({"'', true", "accept=unchecked, false", "switch=off, false"})
  void whatTakesMoreRightsIsDoneBeforehand(String line, boolean made) throws Exception {
    write("address=10.6.1.2\n" + line + "\n");
    Set<String> checks = new TreeSet<>();
    Function<Progress, CheckReport> check =
        progress -> {
          checks.add("made");
          return Checks.GOOD;
        };

    CommandLineRun run =
        CommandLineRun.on((pinDir, cgroup) -> afterBoot, check, words("restore --prepare " + file));

    assertThat(run).isEqualTo(new CommandLineRun(0, "", ""));
    assertThat(checks.isEmpty()).isNotEqualTo(made);
    assertThat(afterBoot.status().state()).isEqualTo(State.DISABLED);
    assertThat(afterBoot.selection()).isEmpty();
  }

  /** A new option of enable is one of these, or of the file. */
  @Test
  void theFileHasTheOptionsOfEnableThatCanLast() {
    Set<String> others =
        Set.of(
            "-o", "adopt", "help", "node", "persist", "pin-dir", "state-dir", "verbose", "version");
    Set<String> options = new TreeSet<>(others);
    options.addAll(HostConfiguration.OPTIONS);

    assertThat(
            Accelctl.over((pinDir, cgroup) -> datapath, progress -> Checks.GOOD)
                .getSubcommands()
                .get("enable")
                .getCommandSpec()
                .options()
                .stream()
                .map(OptionSpec::longestName)
                .map(name -> name.replaceFirst("^--", "")))
        .containsExactlyInAnyOrderElementsOf(options);
  }

  private void persist(String arguments) {
    assertThat(run(datapath, arguments + " --persist=" + file).exit()).isZero();
  }

  private CommandLineRun restore() {
    return run(afterBoot, "restore " + file);
  }

  private CommandLineRun run(InMemoryDatapath on, String arguments) {
    return CommandLineRun.on(on, words(arguments));
  }

  private String[] words(String arguments) {
    String state = arguments.startsWith("disable") ? "" : " --state-dir " + directory;
    return (arguments + state).split(" ");
  }

  private void write(String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static CommandLineRun done(String line) {
    return new CommandLineRun(0, line + "\n", "");
  }
}
