package io.podwire.datapath;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Another process that works on the same datapath. Its main method is what runs there. */
final class DatapathProcess implements AutoCloseable {

  /** What the other process does. */
  enum Work {
    /** Enables, says so, and waits. */
    ENABLE,
    /** Enables and unloads for ever. */
    LOAD_AND_UNLOAD,
    /** Enables one build and another in turn for ever. */
    UPGRADE_AND_DOWNGRADE,
    /** Has everything leave, and adopts it again, for ever. */
    ADOPT,
    /** Enables, says which maps of others it sees, and waits. */
    NAME_OWNERS,
    /** Changes everything that can be changed; adds 100 prefixes of its own to the selection. */
    CHANGE
  }

  private static final String DONE = "done";

  /** Of {@code daemonset/base/daemonset.yaml}. */
  private static final String AGENTS_CAPABILITIES = "+bpf,+perfmon,+net_admin";

  private final Process process;
  private final BufferedReader lines;

  private DatapathProcess(Process process) {
    this.process = process;
    this.lines = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * @param name of this process among those that work at the same time, 0 to 255
   */
  static DatapathProcess start(Work work, Path pinDir, Path cgroup, int name) {
    return start(List.of(), work, pinDir, cgroup, name);
  }

  /**
   * The same with the capabilities of the agent's container, and no other; where the pins are
   * mounted, since it may not look into the namespaces of other processes.
   */
  static DatapathProcess startAsAgent(Work work, Path pinDir, Path cgroup) {
    Path process = pinDir.subpath(0, 2); // /proc/PID/root/...
    Path inside = Path.of("/").resolve(pinDir.subpath(3, pinDir.getNameCount()));
    List<String> wrapper =
        List.of(
            "nsenter",
            "--mount=/" + process.resolve("ns/mnt"),
            "setpriv",
            "--no-new-privs",
            "--inh-caps=-all," + AGENTS_CAPABILITIES,
            "--bounding-set=-all," + AGENTS_CAPABILITIES);
    return start(wrapper, work, inside, cgroup, 0);
  }

  private static DatapathProcess start(
      List<String> wrapper, Work work, Path pinDir, Path cgroup, int name) {
    List<String> command = new ArrayList<>(wrapper);
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    AcceleratedNode.WITHOUT.ifPresent(lacking -> command.add("-Dpodwire.without=" + lacking));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(DatapathProcess.class.getName(), work.name()));
    command.addAll(List.of(pinDir.toString(), cgroup.toString(), Integer.toString(name)));
    try {
      return new DatapathProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the process said that it is done, or started for the endless work. */
  void awaitDone() {
    awaitLine(DONE);
  }

  /** Waits until the process said this. */
  void awaitLine(String awaited) {
    List<String> output = new ArrayList<>();
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.equals(awaited)) {
          return;
        }
        output.add(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new AssertionError("the other process said: " + String.join("\n", output));
  }

  /** Kills it with SIGKILL; returns when it is gone. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The prefixes that the process of this name adds. */
  static List<Prefix> prefixes(int name) {
    List<Prefix> prefixes = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      prefixes.add(Prefix.address("10.99." + name + "." + i));
    }
    return prefixes;
  }

  public static void main(String[] args) throws IOException {
    try (Datapath datapath = AcceleratedNode.datapath(Path.of(args[1]), Path.of(args[2]))) {
      switch (Work.valueOf(args[0])) {
        case ENABLE -> {
          datapath.enable();
          System.out.println(DONE);
        }
        case LOAD_AND_UNLOAD -> {
          System.out.println(DONE);
          while (true) {
            datapath.enable();
            datapath.unload(Duration.ZERO, true);
          }
        }
        case UPGRADE_AND_DOWNGRADE -> {
          System.out.println(DONE);
          Datapath another = KernelDatapath.another(Path.of(args[1]), Path.of(args[2]));
          while (true) {
            another.enable();
            datapath.enable();
          }
        }
        case ADOPT -> {
          System.out.println(DONE);
          while (true) {
            datapath.disableNow();
            datapath.enable();
            datapath.adopt(Duration.ofSeconds(1));
          }
        }
        case NAME_OWNERS -> {
          datapath.enable();
          for (SocketOwner owner : datapath.owners()) {
            System.out.println(owner.mapName() + " " + owner.programs().get(0).name());
          }
          System.out.println(DONE);
        }
        case CHANGE -> {
          change(datapath, Integer.parseInt(args[3]));
          System.out.println(DONE);
        }
      }
      System.in.read();
    }
  }

  private static void change(Datapath datapath, int name) {
    for (Prefix prefix : prefixes(name)) {
      datapath.enable();
      datapath.select(List.of(prefix, Prefix.address("10.98.0." + name)), Selection.SELECTED);
      datapath.configure(
          settings -> settings.withMaxBacklogMessages(1 + (settings.maxBacklogMessages() % 1024)));
      datapath.disable();
      datapath.deselect(List.of(Prefix.address("10.98.0." + name)));
      datapath.disableNow();
      datapath.status();
    }
  }
}
