package io.podwire.datapath;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which process has a socket owner's map, or one of its programs, open. That shows in {@code
 * /proc/PID/fdinfo}, to whoever may trace that process: root on the node, but not the agent. An
 * owner whose map and programs are pinned may have none. Each owner is looked for once.
 */
public final class OwnerProcesses {

  /**
   * A process.
   *
   * @param pid as the {@code /proc} that it was found in numbers it
   * @param comm the name of its first thread, at most 15 characters
   */
  public record OwnerProcess(long pid, String comm) {

    @Override
    public String toString() {
      return "process " + pid + " (" + comm + ")";
    }
  }

  private static final Pattern ID = Pattern.compile("(?m)^(map|prog)_id:\\s*(\\d+)$");

  private final Path proc;
  private final Map<Integer, Optional<OwnerProcess>> known = new HashMap<>();

  /**
   * @param proc as {@code /proc}, of the processes to look at
   */
  public OwnerProcesses(Path proc) {
    this.proc = proc;
  }

  /**
   * The first process that is seen to have an owner's map or program open; empty where none is. All
   * that are not known yet are looked for together, which reads the open files of every process
   * that it may.
   *
   * @param owners those there are now; others are forgotten
   */
  public synchronized Map<Integer, OwnerProcess> of(List<SocketOwner> owners) {
    known.keySet().removeIf(map -> owners.stream().noneMatch(owner -> owner.map() == map));
    List<SocketOwner> fresh =
        owners.stream().filter(owner -> !known.containsKey(owner.map())).toList();
    if (!fresh.isEmpty()) {
      fresh.forEach(owner -> known.put(owner.map(), Optional.empty()));
      look(fresh);
    }
    Map<Integer, OwnerProcess> seen = new HashMap<>();
    known.forEach((map, process) -> process.ifPresent(found -> seen.put(map, found)));
    return seen;
  }

  private void look(List<SocketOwner> owners) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        look(process, owners);
      }
    } catch (IOException e) {
      // there is no such /proc: nobody is named
    }
  }

  private void look(Path process, List<SocketOwner> owners) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        if (isOfBpf(file)) {
          Path facts = process.resolve("fdinfo").resolve(file.getFileName());
          note(process, ID.matcher(Files.readString(facts)), owners);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // it has ended meanwhile, or is not shown to this process
    }
  }

  private static boolean isOfBpf(Path file) {
    try {
      return Files.readSymbolicLink(file).toString().startsWith("anon_inode:bpf");
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  private void note(Path process, Matcher ids, List<SocketOwner> owners) throws IOException {
    while (ids.find()) {
      boolean ofMap = ids.group(1).equals("map");
      int id = Integer.parseUnsignedInt(ids.group(2));
      for (SocketOwner owner : owners) {
        boolean has =
            ofMap
                ? owner.map() == id
                : owner.programs().stream().anyMatch(program -> program.id() == id);
        if (has && known.get(owner.map()).isEmpty()) {
          String comm = Files.readString(process.resolve("comm")).strip();
          long pid = Long.parseLong(process.getFileName().toString());
          known.put(owner.map(), Optional.of(new OwnerProcess(pid, comm)));
        }
      }
    }
  }
}
