package io.podwire.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code accelctl cni}: installs the CNI plugin on this host, and takes it out. All files are
 * replaced as a whole, so a container runtime sees the old one or the new one.
 */
@Command(
    name = "cni",
    description =
        "Installs the CNI plugin by which the agent hears of a pod before its containers start: the"
            + " program, and its entry at the end of one list of plugins.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class CniCommand implements Runnable {

  /** In place of a list's name: there is none that the plugin belongs in. */
  private static final String NONE = "none";

  private static final String LIST = ".conflist";

  /** What a container runtime reads, in the order of names; the first is what it uses. */
  private static final List<String> READ = List.of(".conf", LIST, ".json");

  private static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(10);

  private final Supplier<Path> plugin;

  @Spec private CommandSpec spec;

  @Option(
      names = "--bin-dir",
      paramLabel = "DIR",
      defaultValue = "/opt/cni/bin",
      description = "where the runtime finds plugins; default: /opt/cni/bin")
  private Path binDir;

  @Option(
      names = "--conf-dir",
      paramLabel = "DIR",
      defaultValue = "/etc/cni/net.d",
      description = "where it finds their lists; default: /etc/cni/net.d")
  private Path confDir;

  @Option(
      names = "--conflist",
      paramLabel = "NAME|none",
      defaultValue = "",
      description =
          "the list that the plugin belongs in; none where it is in no file, but in a"
              + " NetworkAttachmentDefinition; default: the one that the runtime uses, the first"
              + " by name")
  private String conflist;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      defaultValue = "/run/podwire/cni.sock",
      description = "where the agent listens (--cni-socket); default: /run/podwire/cni.sock")
  private String socket;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = "3s",
      description = "how long a pod waits for the agent, 10s at most; default: 3s")
  private Duration timeout;

  @Option(
      names = "--remove",
      description =
          "take it out of all lists; the program stays, since pods that started with it are also"
              + " ended with it")
  private boolean remove;

  /** Installs the plugin of this distribution. */
  CniCommand() {
    this(CniCommand::ofThisDistribution);
  }

  /**
   * @param plugin the program
   */
  CniCommand(Supplier<Path> plugin) {
    this.plugin = plugin;
  }

  private static Path ofThisDistribution() {
    try {
      Path jar =
          Path.of(CniCommand.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return jar.resolveSibling("../cni/" + CniConflist.PLUGIN).normalize();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void run() {
    if (remove) {
      takeOut(Optional.empty());
      say("%s is in no list of %s; its program stays for pods that have to be ended with it");
      return;
    }
    requireGoodOptions();
    Optional<Path> list = list();
    list.ifPresent(CniCommand::requireVersion);
    copy(); // before a list names it
    takeOut(list);
    list.ifPresent(file -> replace(file, read(file).with(entry())));
    say(list.map(file -> "%s is in " + file).orElse("%s is in no list of %s, as wished"));
  }

  private void say(String format) {
    spec.commandLine().getOut().println(format.formatted(CniConflist.PLUGIN, confDir));
  }

  private void requireGoodOptions() {
    if (!socket.matches("/[A-Za-z0-9/._-]{1,106}")) {
      throw new ParameterException(
          spec.commandLine(),
          "--socket must be an absolute path of at most 107 letters, digits, dots, dashes,"
              + " underscores and slashes, not "
              + socket);
    }
    if (timeout.isZero() || timeout.compareTo(LONGEST_TIMEOUT) > 0) {
      throw new ParameterException(
          spec.commandLine(), "--timeout must be 1ms to 10s, not " + timeout.toMillis() + "ms");
    }
  }

  private String entry() {
    return "{\"type\": \"%s\", \"socket\": \"%s\", \"timeoutMillis\": %d}"
        .formatted(CniConflist.PLUGIN, socket, timeout.toMillis());
  }

  /** The list that the plugin belongs in; empty where in none. */
  private Optional<Path> list() {
    if (conflist.equals(NONE)) {
      return Optional.empty();
    }
    Path file =
        conflist.isEmpty()
            ? files()
                .findFirst()
                .orElseThrow(
                    () ->
                        new CniException(
                            "no network configuration in "
                                + confDir
                                + ": wait for the cluster's CNI plugin to be installed, or name"
                                + " another --conf-dir"))
            : confDir.resolve(conflist);
    if (!file.toString().endsWith(LIST)) {
      throw new CniException(
          file
              + " is the configuration of one plugin, and only a list of plugins (.conflist) can be"
              + " added to: make it one, or name a list by --conflist, or none");
    }
    return Optional.of(file);
  }

  private static void requireVersion(Path file) {
    CniConflist list = read(file);
    if (!list.canBeAddedTo()) {
      throw new CniException(
          file + " is of CNI " + list.version() + ": the plugin knows 0.3.0 to 1.1.0");
    }
  }

  private Stream<Path> files() {
    try (Stream<Path> all = Files.list(confDir)) {
      return all
          .filter(file -> READ.stream().anyMatch(file.toString()::endsWith))
          .sorted()
          .toList()
          .stream();
    } catch (NoSuchFileException e) {
      return Stream.empty();
    } catch (IOException e) {
      throw failed("read", confDir, e);
    }
  }

  private void copy() {
    Path from = plugin.get();
    Path to = binDir.resolve(CniConflist.PLUGIN);
    try {
      byte[] program = Files.readAllBytes(from);
      if (!Files.isExecutable(to) || !Arrays.equals(program, Files.readAllBytes(to))) {
        replace(to, program, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    } catch (IOException e) {
      throw failed("copy " + from + " to", to, e);
    }
  }

  /** Takes the plugin out of all lists but one. */
  private void takeOut(Optional<Path> kept) {
    files()
        .filter(file -> file.toString().endsWith(LIST) && !kept.equals(Optional.of(file)))
        .filter(file -> text(file).contains('"' + CniConflist.PLUGIN + '"'))
        .forEach(file -> replace(file, read(file).without()));
  }

  private static CniConflist read(Path file) {
    return new CniConflist(file, text(file));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new CniException("there is no " + file);
    } catch (IOException e) {
      throw failed("read", file, e);
    }
  }

  private static void replace(Path file, String text) {
    try {
      if (!Files.readString(file).equals(text)) {
        replace(
            file.toRealPath(),
            text.getBytes(StandardCharsets.UTF_8),
            Files.getPosixFilePermissions(file));
      }
    } catch (IOException e) {
      throw failed("write", file, e);
    }
  }

  private static void replace(Path file, byte[] content, Set<PosixFilePermission> permissions)
      throws IOException {
    Path made = Files.createTempFile(file.getParent(), ".podwire", ".new"); // no runtime reads it
    try {
      Files.write(made, content);
      Files.setPosixFilePermissions(made, permissions);
      try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(made);
    }
  }

  private static CniException failed(String what, Path file, IOException e) {
    return new CniException(
        "cannot %s %s: %s"
            .formatted(what, file, e.getClass().getSimpleName() + " " + e.getMessage()));
  }
}
