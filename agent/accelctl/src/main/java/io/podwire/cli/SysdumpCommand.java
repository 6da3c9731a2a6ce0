package io.podwire.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.podwire.agent.ClusterClient;
import io.podwire.check.CheckReport;
import io.podwire.cluster.AgentPods;
import io.podwire.cluster.AgentSurvey;
import io.podwire.sysdump.Archive;
import io.podwire.sysdump.ClusterParts;
import io.podwire.sysdump.FileFailure;
import io.podwire.sysdump.SysdumpException;
import io.podwire.testbed.Progress;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code accelctl sysdump}: what support asks for, in one file. */
@Command(
    name = "sysdump",
    description =
        "Writes what is known of this host, or with --cluster of the nodes of a cluster, to one"
            + " archive: versions, status, flows, selection, check, maps; with logs and Events of a"
            + " cluster. No Secret, and no environment of others, is in it.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class SysdumpCommand implements Runnable {

  private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
  private static final String STANDARD_OUTPUT = "-";

  /** Nobody else may read the file: it has addresses and names of pods. */
  private static final FileAttribute<Set<PosixFilePermission>> OWN =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  @Spec private CommandSpec spec;
  @Mixin private final DatapathOptions where;
  @Mixin private final CheckOptions check;
  @Mixin private final AgentOption agent = new AgentOption();
  @Mixin private final NodesOption nodes = new NodesOption();
  @Mixin private final AnswerOptions answer = new AnswerOptions();

  private final Path root;

  @Option(
      names = "--cluster",
      description =
          "not of this host, but of each node of the cluster that has an agent, and of the cluster,"
              + " with the credentials of the kubeconfig")
  private boolean cluster;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description =
          "where the archive is written, - for standard output; a file that is there is not"
              + " overwritten; default: podwire-sysdump-DATE-TIME.tar.gz")
  private Optional<String> output = Optional.empty();

  /**
   * @param root where files of the system are looked for; {@code /} but in tests
   */
  SysdumpCommand(DatapathOpener opener, Function<Progress, CheckReport> kernelCheck, Path root) {
    where = new DatapathOptions(opener);
    check = new CheckOptions(kernelCheck);
    this.root = root;
  }

  /** The JSON form of the answer; {@code docs/accelctl.md} has its schema. */
  record Document(String file, int files, List<String> errors) {}

  @Override
  public void run() {
    requireOptions();
    if (!cluster) {
      where.requireCgroup();
      write(new HostParts(where, check, agent, root)::addTo);
      return;
    }
    try (KubernetesClient client = ClusterClient.open()) {
      List<String> chosen = AgentPods.nodes(client, nodes.names());
      write(archive -> addCluster(archive, client, chosen));
    }
  }

  private void requireOptions() {
    Stream<String> useless =
        cluster
            ? Stream.of("--cgroup", "--pin-dir", "--state-dir", "--agent")
            : Stream.of("--node");
    useless
        .filter(spec.commandLine().getParseResult()::hasMatchedOption)
        .findFirst()
        .ifPresent(
            option -> {
              throw new ParameterException(
                  spec.commandLine(),
                  option + " is of no use " + (cluster ? "with" : "without") + " --cluster");
            });
  }

  private void write(Consumer<Archive> parts) {
    String name = "podwire-sysdump-" + TIMESTAMP.format(LocalDateTime.now(ZoneId.systemDefault()));
    String file = output.orElse(name + ".tar.gz");
    Archive archive = new Archive(open(file), name);
    try (archive) {
      parts.accept(archive);
    }
    if (!file.equals(STANDARD_OUTPUT)) {
      say(new Document(file, archive.files(), archive.errors()));
    }
  }

  private static void addCluster(Archive archive, KubernetesClient client, List<String> chosen) {
    Progress progress = Progress.onTerminal();
    archive.add("versions.txt", () -> versions(client));
    archive.add(
        "status.json",
        () ->
            JsonAnswer.text(ClusterStatusDocument.of(new AgentSurvey(client, progress).take()))
                + "\n");
    new ClusterParts(client, archive).add(chosen, progress);
  }

  private static String versions(KubernetesClient client) {
    return String.join("\n", new Version().getVersion())
        + "\nkubernetes "
        + client.getKubernetesVersion().getGitVersion()
        + "\n";
  }

  private static OutputStream open(String file) {
    if (file.equals(STANDARD_OUTPUT)) {
      return new FileOutputStream(FileDescriptor.out);
    }
    // No link is followed: somebody else may have put one where the name is known beforehand.
    Set<OpenOption> fresh = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      return Channels.newOutputStream(Files.newByteChannel(Path.of(file), fresh, OWN));
    } catch (IOException e) {
      throw new SysdumpException(
          "cannot write " + file + ": " + FileFailure.why(e) + ": name another --output", e);
    }
  }

  private void say(Document document) {
    if (answer.isJson()) {
      JsonAnswer.print(document, answer.out());
      return;
    }
    answer
        .out()
        .println(
            document.file()
                + ": "
                + Wording.count(document.files(), "file", "files")
                + (document.errors().isEmpty()
                    ? ""
                    : ", and "
                        + Wording.count(document.errors().size(), "part", "parts")
                        + " that could not be had (errors.txt)"));
  }
}
