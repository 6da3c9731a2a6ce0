package io.podwire.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The TCP connections that are established in the network namespaces of a node, by /proc. */
final class OpenConnections {

  private static final String ESTABLISHED = "01"; // TCP_ESTABLISHED
  // fields of a line of tcp4_seq_show()
  private static final int LOCAL = 1;
  private static final int REMOTE = 2;
  private static final int STATE = 3;

  /**
   * One end of a connection.
   *
   * @param local its own address
   * @param remote its peer's, as it sees it
   */
  record End(InetSocketAddress local, InetSocketAddress remote) {

    /** The same connection at its other end, where no address is translated. */
    End reversed() {
      return new End(remote, local);
    }
  }

  private OpenConnections() {}

  /**
   * The ends in the namespaces of the processes that are seen; a namespace that only a process has
   * which is not seen is left out.
   *
   * @param proc as {@code /proc}
   */
  static Set<End> in(Path proc) {
    Set<End> ends = new HashSet<>();
    Set<String> seen = new HashSet<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        if (seen.add(namespace(process))) {
          ends.addAll(of(process));
        }
      }
    } catch (IOException e) {
      return ends; // it is not there: then nothing is seen
    }
    return ends;
  }

  /** What is the same for two processes only if their namespace is, as a rule. */
  private static String namespace(Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("ns/net")).toString();
    } catch (IOException e) {
      // an agent lacks the right: the processes of a container are in one namespace
      return firstLine(process.resolve("cgroup"));
    }
  }

  private static String firstLine(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.findFirst().orElse("");
    } catch (IOException e) {
      return ""; // the process has ended
    }
  }

  private static List<End> of(Path process) {
    List<End> ends = new ArrayList<>();
    for (String file : List.of("net/tcp", "net/tcp6")) {
      try (Stream<String> lines = Files.lines(process.resolve(file))) {
        lines
            .skip(1)
            .map(line -> line.strip().split("\\s+", STATE + 2))
            .filter(fields -> fields.length > STATE && fields[STATE].equals(ESTABLISHED))
            .map(fields -> new End(address(fields[LOCAL]), address(fields[REMOTE])))
            .forEach(ends::add);
      } catch (IOException e) {
        // the process has ended, or this kernel has no IPv6
      }
    }
    return ends;
  }

  /** An address as the kernel prints it: words in the machine's order, and the port. */
  private static InetSocketAddress address(String text) {
    int colon = text.indexOf(':');
    byte[] printed = HexFormat.of().parseHex(text.substring(0, colon));
    ByteBuffer words = ByteBuffer.wrap(printed);
    ByteBuffer bytes = ByteBuffer.allocate(printed.length).order(ByteOrder.nativeOrder());
    while (words.hasRemaining()) {
      bytes.putInt(words.getInt());
    }
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(bytes.array()), Integer.parseInt(text.substring(colon + 1), 16));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 or 16 bytes are an address", e);
    }
  }
}
