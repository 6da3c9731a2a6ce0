package io.podwire.applications;

import io.podwire.datapath.RunningKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** curl in the client's pod. */
final class Curl {

  private static final InstalledProgram CURL = new InstalledProgram("curl", "curl");
  private static final String ANSWER =
      "%{http_code} %{http_version} %{num_connects} %{size_download}\\n";

  /**
   * More than the backlog of a flow, which goes back to TCP with bytes unread; but not where nginx
   * may hang then (the known limit edge-triggered). {@code -Dpodwire.body.bytes=} for less, on a
   * slow machine.
   */
  private static final long BODY_BYTES =
      RunningKernel.wakesReaders() ? Long.getLong("podwire.body.bytes", 100_000_000) : 3_000_000;

  private Curl() {}

  /** One line for each answer: code, version, new connections, bytes. */
  static String run(Run run, String... arguments) {
    List<String> line = new ArrayList<>(List.of(CURL.path(), "-q", "-sS", "--fail", "-w", ANSWER));
    line.addAll(List.of("--noproxy", "*"));
    line.addAll(List.of(arguments));
    return run.run(run.client(), line);
  }

  /**
   * A large body twice in each direction, over a connection each way that stays open.
   *
   * @param url of a server, or a proxy before one, that was started with {@link
   *     ApplicationNginx#serveFiles}
   * @param files the root of its documents
   * @return the answers, and checksums of what arrived
   */
  static List<String> exchangeLargeBodies(Run run, String url, Path files) throws IOException {
    return exchangeLargeBodies(run, url, files, BODY_BYTES);
  }

  /** Exchanges bodies of so many bytes, twice in each direction. */
  static List<String> exchangeLargeBodies(Run run, String url, Path files, long bytes)
      throws IOException {
    Files.move(run.file("body", bytes), files.resolve("body"));
    Path received = run.directory("received");
    Path uploaded = files.resolve("uploaded");

    String downloads = run(run, "-o", received + "/#1", url + "/body?[1-2]");
    String uploads = run(run, "-T", received + "/{1,2}", url + "/uploaded/");

    List<String> outcome = new ArrayList<>(List.of(downloads, uploads));
    for (String name : List.of("1", "2")) {
      outcome.add(Run.sha256(received.resolve(name)));
      outcome.add(Run.sha256(uploaded.resolve(name)));
    }
    return outcome;
  }
}
