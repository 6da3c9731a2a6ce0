package io.podwire.check;

import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs the probe ({@code bpf/contract/src/main/c/probe}) between two pods. */
final class Probe {

  static final String RESOURCE = "/io/podwire/check/probe";
  private static final String READY = "ready";

  /** Cases at a time: they mostly wait. */
  private static final String JOBS = "8";

  private final Path program;
  private final Path errors;
  private final Place client;
  private final Place server;
  private final List<String> options;

  /**
   * @param options in front of the pods' names: {@code -s ADDRESS}, {@code -c CASE}
   */
  Probe(Scratch scratch, Place client, Place server, List<String> options) {
    this.program = scratch.program(RESOURCE);
    this.errors = scratch.file("probe.err");
    this.client = client;
    this.server = server;
    this.options = List.copyOf(options);
  }

  /** Makes the probe's file, before threads that start processes want it. */
  static void unpack(Scratch scratch) {
    scratch.program(RESOURCE);
  }

  /** The names of all cases. */
  static List<String> cases(Scratch scratch) {
    try {
      Process process = new ProcessBuilder(scratch.program(RESOURCE).toString(), "--list").start();
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        List<String> cases = lines.lines().map(line -> line.replaceFirst("\t.*", "")).toList();
        if (process.waitFor() != 0) {
          throw new CheckException("the probe cannot list its cases: exit " + process.exitValue());
        }
        return cases;
      }
    } catch (IOException e) {
      throw new CheckException("cannot run the probe: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CheckException("interrupted while the probe listed its cases", e);
    }
  }

  /**
   * Runs the cases, and returns what each observed.
   *
   * @param limit of a case: what takes longer hangs
   * @param midStream what to do when every connection is there, where the mode waits for that
   */
  Map<String, String> run(Mode mode, Duration limit, Runnable midStream) {
    List<String> command =
        new ArrayList<>(List.of(program.toString(), "-j", JOBS, "-m", mode.ofProbe()));
    command.addAll(List.of("-t", Long.toString(limit.toSeconds())));
    command.addAll(List.of("-g", client.cgroup().toString()));
    command.addAll(options);
    command.addAll(List.of(client.netns(), server.netns()));
    for (Place place : List.of(client, server)) {
      command.add(place.ipv4().getHostAddress());
      command.add(place.ipv6().getHostAddress());
    }
    Map<String, String> observed = new LinkedHashMap<>();
    try {
      Process process =
          client.command(command.toArray(String[]::new)).redirectError(errors.toFile()).start();
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.equals(READY)) {
            midStream.run();
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
          } else {
            int colon = line.indexOf(": ");
            observed.put(line.substring(0, colon), line.substring(colon + 2));
          }
        }
        if (process.waitFor() != 0) {
          throw new CheckException("the probe failed: " + Files.readString(errors).strip());
        }
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new CheckException("cannot run the probe: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CheckException("interrupted while the probe ran", e);
    }
    return observed;
  }
}
