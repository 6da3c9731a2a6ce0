package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class CniCommandTest {

  private static final String ENTRY =
      "{\"type\": \"podwire\", \"socket\": \"/run/podwire/cni.sock\", \"timeoutMillis\": 3000}";

  /** As the macvlan plugin's own documentation has it, and as a person indents it. */
  private static final String LIST =
      """
      { "cniVersion": "0.4.0", "name": "podnet", "plugins": [
        { "type": "macvlan", "master": "eth0", "mtu": 1500.0, "ipam": { "type": "host-local" } },
        { "type": "portmap", "capabilities": { "portMappings": true } }
      ] }
      """;

  private static final String WITH = LIST.replace("true } }\n", "true } },\n  " + ENTRY + "\n");

  @TempDir private Path directory;
  private Path bin;
  private Path conf;
  private Path program;

  @BeforeEach
  void makeDirectories() throws IOException {
    bin = Files.createDirectory(directory.resolve("bin"));
    conf = Files.createDirectory(directory.resolve("net.d"));
    program = Files.writeString(directory.resolve("program"), "the plugin");
  }

  @Test
  void theProgramIsInstalledAndAddedToTheEndOfTheListThatTheRuntimeUses() throws IOException {
    Path list = write("10-net.conflist", LIST);
    Path other = write("20-other.conflist", LIST);
    write("05-notes.txt", "no configuration");
    Files.setPosixFilePermissions(list, PosixFilePermissions.fromString("rw-r-----"));

    assertThat(cni()).isEqualTo(done("podwire is in " + list));

    assertThat(list).content().isEqualTo(WITH);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(list)))
        .isEqualTo("rw-r-----");
    assertThat(other).content().isEqualTo(LIST);
    assertThat(bin.resolve("podwire")).content().isEqualTo("the plugin");
    assertThat(bin.resolve("podwire")).isExecutable();
    assertThat(files(bin)).containsExactly("podwire");
    assertThat(files(conf)).containsExactly("05-notes.txt", "10-net.conflist", "20-other.conflist");
  }

  @Test
  void aSecondTimeNothingIsWritten() throws IOException {
    Path list = write("10-net.conflist", LIST);
    cni();
    FileTime before = FileTime.fromMillis(5_000);
    Files.setLastModifiedTime(list, before);
    Files.setLastModifiedTime(bin.resolve("podwire"), before);

    cni();

    assertThat(list).content().isEqualTo(WITH);
    assertThat(Files.getLastModifiedTime(list)).isEqualTo(before);
    assertThat(Files.getLastModifiedTime(bin.resolve("podwire"))).isEqualTo(before);
  }

  @Test
  void anotherProgramReplacesItAndOtherOptionsItsEntryWhereItStands() throws IOException {
    Path list = write("10-net.conflist", WITH.replace("]", ", {\"type\": \"tuning\"} ]"));
    Files.writeString(bin.resolve("podwire"), "an older one");

    cni("--timeout", "250ms", "--socket", "/srv/cni.sock");

    assertThat(list)
        .content()
        .isEqualTo(
            WITH.replace("]", ", {\"type\": \"tuning\"} ]")
                .replace("3000", "250")
                .replace("/run/podwire/cni.sock", "/srv/cni.sock"));
    assertThat(bin.resolve("podwire")).content().isEqualTo("the plugin");
  }

  @Test
  void itIsInOneListAndInNoneWhereThatIsWished() throws IOException {
    Path first = write("10-net.conflist", WITH);
    Path second = write("20-other.conflist", LIST);

    assertThat(cni("--conflist", "20-other.conflist")).isEqualTo(done("podwire is in " + second));
    assertThat(first).content().isEqualTo(LIST);
    assertThat(second).content().isEqualTo(WITH);

    assertThat(cni("--conflist", "none"))
        .isEqualTo(done("podwire is in no list of " + conf + ", as wished"));
    assertThat(second).content().isEqualTo(LIST);
    assertThat(bin.resolve("podwire")).exists();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"bridge\"}]}",
        "{\"plugins\": [\n\t{\"type\": \"bridge\", \"a\": [\"]\", {}]}\n], \"cniVersion\": \"0.3.1\"}",
        "{\"cniVersion\":\"1.1.0\",\"plugins\":[ {\"type\":\"a\\u00e9\"} , {\"type\":\"b\"} ],\"x\":1e3}"
      })
  void whatIsAddedCanBeTakenOutWithNothingLeft(String text) throws IOException {
    Path list = write("10-net.conflist", text);

    cni();
    assertThat(list).content().isNotEqualTo(text).contains(ENTRY);
    String added = Files.readString(list);
    assertThat(new CniConflist(list, added).without()).isNotEqualTo(added);

    assertThat(cni("--remove"))
        .isEqualTo(
            done(
                "podwire is in no list of "
                    + conf
                    + "; its program stays for pods that have to be ended with it"));
    assertThat(list).content().isEqualTo(text);
    assertThat(bin.resolve("podwire")).exists();
    assertThat(cni("--remove").exit()).isZero();
  }

  @Test
  void takingItOutIsNoFailureWhereThereIsNothing() throws IOException {
    Files.delete(conf);

    assertThat(cni("--remove").exit()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10-net.conf     | {\"cniVersion\":\"0.4.0\",\"type\":\"macvlan\"} | is the configuration of one plugin, and only a list of plugins (.conflist) can be added to: make it one, or name a list by --conflist, or none",
        "10-net.conflist | {\"cniVersion\":\"0.4.0\",\"type\":\"macvlan\"} | has no list of plugins to add one to: make it a list, or name another file",
        "10-net.conflist | {\"cniVersion\":\"0.4.0\",\"plugins\":[]}       | has no list of plugins to add one to: make it a list, or name another file",
        "10-net.conflist | {\"plugins\":[{\"type\":\"macvlan\"}]}          | is of CNI 0.1.0: the plugin knows 0.3.0 to 1.1.0",
        "10-net.conflist | {\"cniVersion\":\"2.0.0\",\"plugins\":[{}]}     | is of CNI 2.0.0: the plugin knows 0.3.0 to 1.1.0",
        "10-net.conflist | []                                              | is no JSON object",
      })
  void whatCannotBeAddedToIsRefusedInOneLineAndNothingIsTouched(
      String name, String text, String why) throws IOException {
    Path file = write(name, text);

    assertThat(cni()).isEqualTo(failed(file + " " + why));

    assertThat(file).content().isEqualTo(text);
    assertThat(files(bin)).isEmpty();
  }

  @Test
  void whatIsNotJsonIsRefused() throws IOException {
    Path file = write("10-net.conflist", "{\"plugins\": [{\"type\": \"macvlan\"}");

    CommandLineRun run = cni();

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).startsWith("accelctl: " + file + " is not JSON: ").hasLineCount(1);
  }

  @Test
  void aHostWithoutANetworkAndAListThatIsNotThereAreNamed() {
    assertThat(cni())
        .isEqualTo(
            failed(
                "no network configuration in "
                    + conf
                    + ": wait for the cluster's CNI plugin to be installed, or name another"
                    + " --conf-dir"));
    assertThat(cni("--conflist", "no.conflist"))
        .isEqualTo(failed("there is no " + conf.resolve("no.conflist")));
  }

  @ParameterizedTest
  @CsvSource({
    "--socket,cni.sock",
    "--socket,/run/a b",
    "--timeout,11s",
    "--timeout,0s",
    "--timeout,soon"
  })
  void anOptionThatCannotBeIsRefused(String option, String value) throws IOException {
    write("10-net.conflist", LIST);

    CommandLineRun run = cni(option, value);

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains(option).hasLineCount(1);
  }

  private CommandLineRun cni(String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--bin-dir", bin.toString(), "--conf-dir", conf.toString()));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Failures failures = new Failures();
    int exit =
        new CommandLine(new CniCommand(() -> program))
            .setParameterExceptionHandler(failures)
            .setExecutionExceptionHandler(failures)
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(all.toArray(String[]::new));
    return new CommandLineRun(exit, out.toString(), err.toString());
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(conf.resolve(name), text);
  }

  private static List<String> files(Path of) throws IOException {
    try (Stream<Path> files = Files.list(of)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static CommandLineRun done(String line) {
    return new CommandLineRun(0, line + "\n", "");
  }

  private static CommandLineRun failed(String line) {
    return new CommandLineRun(1, "", "accelctl: " + line + "\n");
  }
}
