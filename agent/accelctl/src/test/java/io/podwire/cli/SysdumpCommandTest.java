package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.InMemoryDatapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.sysdump.Unpacked;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class SysdumpCommandTest {

  private static final String CONFIGURATION =
      """
      CONFIG_BPF_SYSCALL=y
      # CONFIG_FUNCTION_ERROR_INJECTION is not set
      CONFIG_EXT4_FS=y
      CONFIG_DEBUG_INFO_BTF=y
      """;

  @TempDir private Path root;
  @TempDir private Path directory;
  private final InMemoryDatapath datapath = new InMemoryDatapath();

  @BeforeEach
  void makeAHost() throws Exception {
    write("etc/podwire/podwire.conf", "switch=on\n");
    write("etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n");
    write("proc/version", "Linux version 6.1.0 (gcc)\n");
    write("boot/config-" + System.getProperty("os.version"), CONFIGURATION);
    write("state/check.json", "{\"kernel\": \"6.1.0\"}");
    datapath.enable();
    datapath.select(List.of(Prefix.address("10.6.1.2")), Selection.SELECTED);
  }

  @Test
  void everythingThatTheHostKnowsIsInIt() throws Exception {
    CommandLineRun run = sysdump();

    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.out())
        .isEqualTo(archive() + ": 10 files, and 1 part that could not be had (errors.txt)\n");
    Map<String, String> files = files();
    assertThat(files)
        .containsOnlyKeys(
            "status.json",
            "flows.json",
            "selection.json",
            "reasons.json",
            "maps.json",
            "check.json",
            "podwire.conf",
            "kernel-config.txt",
            "versions.txt",
            "errors.txt")
        .containsEntry("check.json", "{\"kernel\": \"6.1.0\"}")
        .containsEntry("podwire.conf", "switch=on\n")
        .containsEntry(
            "kernel-config.txt",
            """
            CONFIG_BPF_SYSCALL=y
            # CONFIG_FUNCTION_ERROR_INJECTION is not set
            CONFIG_DEBUG_INFO_BTF=y
            """);
    assertThat(files.get("status.json")).contains("\"state\" : \"enabled\"");
    assertThat(files.get("selection.json")).contains("10.6.1.2");
    assertThat(files.get("flows.json")).contains("\"flows\" : [ ]");
    assertThat(files.get("maps.json"))
        .contains("\"name\" : \"selection\"", "\"entries\" : 1", "\"memory_bytes\" : 4096");
    assertThat(files.get("versions.txt"))
        .contains(
            "accelctl ",
            "kernel Linux version 6.1.0 (gcc)",
            "requirements are met",
            "java 1",
            "PRETTY_NAME=\"Debian");
    assertThat(files.get("errors.txt")).startsWith("pods.json: no agent answers at 127.0.0.1:1 ");
  }

  @Test
  void theConfigurationOfTheRunningKernelIsPreferred() throws Exception {
    Files.createDirectories(root.resolve("proc"));
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(root.resolve("proc/config.gz")))) {
      out.write("CONFIG_BPF_JIT=y\n".getBytes());
    }
    sysdump();

    assertThat(files()).containsEntry("kernel-config.txt", "CONFIG_BPF_JIT=y\n");
  }

  @Test
  void whatIsNotThereIsALineAndNoFailure() throws Exception {
    Files.delete(root.resolve("etc/podwire/podwire.conf"));
    Files.delete(root.resolve("state/check.json"));

    assertThat(sysdump().exit()).isZero();
    assertThat(files().get("errors.txt"))
        .contains(
            "podwire.conf: " + root + "/etc/podwire/podwire.conf: no such file or directory\n",
            "check.json: " + root + "/state/check.json: no such file or directory\n");
  }

  @Test
  void programsAreToldTheFileAndWhatItLacks() {
    assertThat(sysdump("-o", "json").out())
        .startsWith(
            "{\n  \"file\" : \""
                + archive()
                + "\",\n  \"files\" : 10,\n  \"errors\" : [ \"pods.json: ");
  }

  @Test
  void nobodyElseMayReadIt() throws Exception {
    sysdump();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(archive())))
        .isEqualTo("rw-------");
  }

  @Test
  void aFileThatCannotBeWrittenIsSaid() {
    CommandLineRun run = run("--output", directory.resolve("nowhere/x.tar.gz").toString());

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err())
        .isEqualTo(
            "accelctl: cannot write "
                + directory
                + "/nowhere/x.tar.gz: no such file or directory: name another --output\n");
  }

  @Test
  void aFileThatIsThereIsNotOverwritten() throws Exception {
    Files.writeString(archive(), "of somebody");

    assertRefused(sysdump());
    assertThat(archive()).hasContent("of somebody");
  }

  @Test
  void aLinkIsNotFollowed() throws Exception {
    Path target = directory.resolve("target");
    Files.createSymbolicLink(archive(), target);

    assertRefused(sysdump());
    assertThat(target).doesNotExist();
  }

  private void assertRefused(CommandLineRun run) {
    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .isEqualTo(
            "accelctl: cannot write "
                + archive()
                + ": it is there already: name another --output\n");
  }

  @Test
  void aCgroupThatIsNoneIsRefusedBeforeAnythingIsWritten() {
    CommandLineRun run = sysdump("--cgroup", "/nonsense");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err())
        .isEqualTo(
            "accelctl: --cgroup /nonsense is not a cgroup v2 directory (see sysdump --help)\n");
    assertThat(archive()).doesNotExist();
  }

  private Path archive() {
    return directory.resolve("dump.tar.gz");
  }

  private CommandLineRun sysdump(String... more) {
    List<String> arguments = new ArrayList<>(List.of("--output", archive().toString()));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  private CommandLineRun run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--agent", "127.0.0.1:1", "--state-dir", root.resolve("state").toString()));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        new CommandLine(
                new SysdumpCommand((pinDir, cgroup) -> datapath, progress -> Checks.GOOD, root))
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(new Failures())
            .setParameterExceptionHandler(new Failures())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(all.toArray(String[]::new));
    return new CommandLineRun(exit, out.toString(), err.toString());
  }

  /** What is in the directory of the archive. */
  private Map<String, String> files() throws Exception {
    Map<String, String> files = new HashMap<>();
    Unpacked.of(Files.readAllBytes(archive()))
        .forEach((name, text) -> files.put(name.substring(name.indexOf('/') + 1), text));
    return files;
  }

  private void write(String file, String text) throws Exception {
    Files.createDirectories(root.resolve(file).getParent());
    Files.writeString(root.resolve(file), text);
  }
}
