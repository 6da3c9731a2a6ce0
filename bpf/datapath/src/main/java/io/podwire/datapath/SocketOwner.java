package io.podwire.datapath;

import io.podwire.datapath.OwnerProcesses.OwnerProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A map that is none of ours and gives its sockets a program. A socket in it cannot join, and one
 * that has joined cannot be put into it.
 *
 * @param map identifies the map on this kernel until it is gone
 * @param mapName as the kernel has it: at most 15 characters
 * @param sockets how many it has now; empty for a map that does not count them
 * @param programs what its sockets get, one at least
 */
public record SocketOwner(
    int map, String mapName, OptionalInt sockets, List<AttachedProgram> programs) {

  /**
   * A program of a map's sockets.
   *
   * @param id identifies it on this kernel until it is gone
   * @param name as the kernel has it: at most 15 characters
   */
  public record AttachedProgram(int id, String name) {

    @Override
    public String toString() {
      return name + " (id " + id + ")";
    }
  }

  /**
   * Those that the program {@code list_socket_maps} wrote down.
   *
   * @param written a line for each map: id, name, sockets or -1, then id and name of each program
   */
  static List<SocketOwner> parse(String written) {
    List<SocketOwner> owners = new ArrayList<>();
    for (String line : written.lines().toList()) {
      String[] words = line.split(" ");
      List<AttachedProgram> programs = new ArrayList<>();
      for (int i = 3; i + 1 < words.length; i += 2) {
        programs.add(new AttachedProgram(Integer.parseInt(words[i]), words[i + 1]));
      }
      int sockets = Integer.parseInt(words[2]);
      if (!programs.isEmpty()) {
        owners.add(
            new SocketOwner(
                Integer.parseInt(words[0]),
                words[1],
                sockets < 0 ? OptionalInt.empty() : OptionalInt.of(sockets),
                List.copyOf(programs)));
      }
    }
    return owners;
  }

  /** Whose it is, as far as its names tell. */
  public KnownOwner kind() {
    return KnownOwner.of(names().toList());
  }

  /**
   * Whether an operator means it by a name: that of its {@link KnownOwner}, of the map, or of a
   * program.
   */
  public boolean isMeantBy(String name) {
    return kind().isMeantBy(name) || names().anyMatch(name::equals);
  }

  private Stream<String> names() {
    return Stream.concat(Stream.of(mapName), programs.stream().map(AttachedProgram::name));
  }

  /**
   * Whose it is, and how many sockets it has.
   *
   * @param process which has it open, where that is known
   */
  public String describe(Optional<OwnerProcess> process) {
    return this + process.map(found -> ", " + found).orElse("") + ", has " + count();
  }

  /** How many sockets it has, for a sentence. */
  private String count() {
    int count = sockets.orElse(-1);
    return switch (count) {
      case -1 -> "sockets that it does not count";
      case 1 -> "1 socket";
      default -> count + " sockets";
    };
  }

  /** Whose it is, and its programs and map with their ids. */
  @Override
  public String toString() {
    return kind().title()
        + ", program "
        + programs.stream().map(Object::toString).collect(Collectors.joining(" and "))
        + " of map "
        + mapName
        + " (id "
        + map
        + ")";
  }
}
