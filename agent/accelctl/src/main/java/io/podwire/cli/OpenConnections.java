package io.podwire.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.Predicate;
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

  private final Predicate<End> which;
  private final Set<End> ends = new HashSet<>();
  private final Set<Object> read = new HashSet<>();

  private OpenConnections(Predicate<End> which) {
    this.which = which;
  }

  /**
   * The ends in the namespaces that some process is in.
   *
   * @param proc as {@code /proc}, of the processes to look at; none are found where it is not there
   * @param which a node can have hundreds of thousands
   */
  static Set<End> in(Path proc, Predicate<End> which) {
    OpenConnections found = new OpenConnections(which);
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      processes.forEach(found::read);
    } catch (IOException | DirectoryIteratorException e) {
      return found.ends;
    }
    return found.ends;
  }

  private void read(Path process) {
    try {
      Path table = process.resolve("net/tcp");
      Object namespace = Files.getAttribute(table, "unix:ino"); // each has a file of its own
      if (read.contains(namespace)) {
        return;
      }
      add(table);
      Path sixth = process.resolve("net/tcp6");
      if (Files.exists(sixth)) {
        add(sixth);
      }
      read.add(namespace);
    } catch (IOException | UncheckedIOException e) {
      // the process has ended: another one may be in its namespace
    }
  }

  private void add(Path table) throws IOException {
    try (Stream<String> lines = Files.lines(table)) {
      lines
          .skip(1)
          .map(line -> line.strip().split("\\s+", STATE + 2))
          .filter(fields -> fields.length > STATE && fields[STATE].equals(ESTABLISHED))
          .map(fields -> new End(address(fields[LOCAL]), address(fields[REMOTE])))
          .filter(which)
          .forEach(ends::add);
    }
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
          InetAddress.getByAddress(bytes.array()), // of one that is mapped, the IPv4 address
          Integer.parseInt(text.substring(colon + 1), 16));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 or 16 bytes are an address", e);
    }
  }
}
