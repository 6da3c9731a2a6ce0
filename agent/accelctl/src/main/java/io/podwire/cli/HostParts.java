package io.podwire.cli;

import static java.util.stream.Collectors.joining;

import io.podwire.agent.PodsDocument;
import io.podwire.bpf.BpfException;
import io.podwire.datapath.DatapathException;
import io.podwire.datapath.DatapathView;
import io.podwire.datapath.Flow;
import io.podwire.sysdump.Archive;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** What a sysdump has of this host. */
final class HostParts {

  /** What the kernel was built with that the datapath, its guards and its cgroups need. */
  private static final Pattern OPTION =
      Pattern.compile(
          "(# )?CONFIG_(\\w*BPF\\w*|\\w*BTF\\w*|NET_SOCK_MSG|STREAM_PARSER|CGROUPS|\\w*ERROR_INJECTION\\w*"
              + "|KPROBES|FTRACE|FUNCTION_TRACER|DYNAMIC_FTRACE\\w*|PREEMPT\\w*|IKCONFIG\\w*"
              + "|SECURITY_LOCKDOWN_LSM|TLS|MPTCP|IO_URING)[= ].*");

  /** Some 7 MB of text: in the container of an agent there is no room for many more. */
  private static final int MAX_FLOWS = 10_000;

  private static final Pattern LIBBPF = Pattern.compile("(\\S*/libbpf\\.so\\S*)$");

  private final DatapathOptions where;
  private final CheckOptions check;
  private final AgentOption agent;
  private final Path root;

  /**
   * @param root where files of the system are looked for; {@code /} but in tests
   */
  HostParts(DatapathOptions where, CheckOptions check, AgentOption agent, Path root) {
    this.where = where;
    this.check = check;
    this.agent = agent;
    this.root = root;
  }

  void addTo(Archive archive) {
    archive.add("status.json", () -> ask(datapath -> StatusDocument.of(datapath.status())));
    archive.add("flows.json", () -> ask(this::flows));
    archive.add("selection.json", () -> ask(d -> SelectionDocument.of(d.selection())));
    archive.add("reasons.json", () -> ask(this::reasons));
    archive.add("maps.json", () -> ask(MapsDocument::of));
    archive.add("pods.json", () -> PodsDocument.parse(agent.pods()).json());
    archive.add("check.json", () -> Files.readString(check.kept().file()));
    archive.add("podwire.conf", () -> Files.readString(file(HostConfiguration.DEFAULT_FILE)));
    archive.add("kernel-config.txt", this::kernelConfiguration);
    archive.add("versions.txt", this::versions);
  }

  private FlowsDocument flows(DatapathView datapath) {
    Stream<WatchedList.Row<Flow>> rows = WatchedList.rows(datapath.flows());
    return FlowsDocument.of(rows.limit(MAX_FLOWS).toList(), Set.of(), agent.names());
  }

  private ExplanationDocument reasons(DatapathView datapath) {
    return ExplanationDocument.of(Explanation.ofAll(datapath, agent.document()));
  }

  private String ask(Function<DatapathView, Record> question) {
    try (DatapathView datapath = where.open()) {
      return JsonAnswer.text(question.apply(datapath)) + "\n";
    }
  }

  private String versions() throws IOException {
    List<String> lines =
        List.of(
            "kernel " + Files.readString(file("/proc/version")).strip(),
            "machine " + System.getProperty("os.arch"),
            "java " + Runtime.version() + " of " + System.getProperty("java.vendor"),
            "requirements " + requirements(), // loads libbpf, where nothing is missing
            libbpf());
    return Stream.of(Stream.of(new Version().getVersion()), lines.stream(), system())
        .flatMap(Function.identity())
        .collect(joining("\n", "", "\n"));
  }

  /** The first thing that the datapath lacks here. */
  private String requirements() {
    try (DatapathView datapath = where.open()) {
      datapath.require();
      return "are met";
    } catch (DatapathException | BpfException e) {
      return "are not met: " + e.getMessage();
    }
  }

  private Stream<String> system() throws IOException {
    Path release = file("/etc/os-release");
    return Files.exists(release)
        ? Files.readAllLines(release).stream().filter(line -> line.startsWith("PRETTY_NAME="))
        : Stream.empty();
  }

  /** The file that the system's libbpf is, which has its version in its name. */
  private static String libbpf() throws IOException {
    try (Stream<String> mapped = Files.lines(Path.of("/proc/self/maps"))) {
      return mapped
          .map(LIBBPF::matcher)
          .filter(found -> found.find())
          .map(found -> found.group(1))
          .findFirst()
          .orElse("libbpf is not loaded");
    }
  }

  private String kernelConfiguration() throws IOException {
    Path ofRunning = file("/proc/config.gz");
    Path ofPackage = file("/boot/config-" + System.getProperty("os.version"));
    boolean running = Files.exists(ofRunning);
    try (InputStream file = Files.newInputStream(running ? ofRunning : ofPackage);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(
                    running ? new GZIPInputStream(file) : file, StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .filter(line -> OPTION.matcher(line).matches())
          .collect(joining("\n", "", "\n"));
    }
  }

  private Path file(String path) {
    return root.resolve(path.substring(1));
  }
}
