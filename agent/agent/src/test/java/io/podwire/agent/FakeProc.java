package io.podwire.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** Files as the kernel has them in {@code /proc}, of processes that a test makes. */
final class FakeProc {

  private final Path directory;

  FakeProc(Path directory) {
    this.directory = directory;
  }

  Path directory() {
    return directory;
  }

  /**
   * A process.
   *
   * @param cgroup its path in the hierarchy
   * @param started in ticks since the boot
   * @param addresses in its network namespace, beside 127.0.0.1 and ::1
   */
  void process(int pid, String cgroup, long started, String... addresses) {
    Path process = directory.resolve(Integer.toString(pid));
    StringBuilder trie =
        new StringBuilder("Main:\n  +-- 0.0.0.0/0 3 0 5\n")
            .append(leaf("0.0.0.0", "/0 universe UNICAST"))
            .append(leaf("127.0.0.1", "/32 host LOCAL"));
    StringBuilder inet6 = new StringBuilder(line("00000000000000000000000000000001", "lo"));
    for (String address : addresses) {
      if (address.contains(":")) {
        inet6.append(line(hexadecimal(address), "eth0"));
      } else {
        trie.append(leaf(address, "/32 host LOCAL"));
        trie.append(leaf("10.255.255.255", "/32 link BROADCAST"));
      }
    }
    try {
      Files.createDirectories(process.resolve("net"));
      Files.writeString(process.resolve("cgroup"), "1:name=systemd:/\n0::" + cgroup + "\n");
      Files.writeString(
          process.resolve("stat"),
          pid
              + " (evil) 1 2 (x) S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 "
              + started
              + " 2 3\n");
      Files.writeString(process.resolve("net/fib_trie"), trie);
      Files.writeString(process.resolve("net/if_inet6"), inet6);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** It ends. */
  void end(int pid) {
    try {
      Files.move(directory.resolve(Integer.toString(pid)), directory.resolve("ended-" + pid));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file of a process says this in place of what it said. */
  void write(int pid, String file, String text) {
    try {
      Files.writeString(directory.resolve(pid + "/" + file), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String leaf(String address, String alias) {
    return "     |-- " + address + "\n        " + alias + "\n";
  }

  private static String line(String address, String device) {
    return address + " 02 40 00 80 " + device + "\n";
  }

  private static String hexadecimal(String address) {
    try {
      return HexFormat.of().formatHex(InetAddress.getByName(address).getAddress());
    } catch (UnknownHostException e) {
      throw new UncheckedIOException(e);
    }
  }
}
