package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.Errno;
import io.podwire.bpf.NetworkNamespace;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The network namespaces of a node, open; {@link #close()} closes them. */
final class NetworkNamespaces implements AutoCloseable {

  /** Reads a symbolic link. */
  interface Links {
    Path read(Path link) throws IOException;
  }

  private final Map<Path, NetworkNamespace> namespaces = new HashMap<>();
  private int denied;

  private NetworkNamespaces() {}

  /**
   * The namespaces that some process is in.
   *
   * @param proc as {@code /proc}, of the processes to look at
   */
  static NetworkNamespaces ofProcesses(Path proc) {
    return ofProcesses(proc, Files::readSymbolicLink);
  }

  static NetworkNamespaces ofProcesses(Path proc, Links links) {
    NetworkNamespaces found = new NetworkNamespaces();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        found.add(process, links);
      }
      return found;
    } catch (IOException e) {
      found.close();
      throw new DatapathException(
          "cannot list the processes in " + proc + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      found.close();
      throw e;
    }
  }

  private void add(Path process, Links links) {
    Path link = process.resolve("ns/net");
    try {
      Path identity = links.read(link);
      if (!namespaces.containsKey(identity)) {
        namespaces.put(identity, NetworkNamespace.open(link));
      }
    } catch (AccessDeniedException e) {
      deny(process);
    } catch (IOException e) {
      // it has ended meanwhile, or is a zombie
    } catch (BpfException e) {
      if (e.errno() == Errno.EACCES) {
        deny(process);
      } else if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }

  /** The kernel says the same of one that has ended since (proc_ns_readlink()). */
  private void deny(Path process) {
    denied += Files.exists(process) ? 1 : 0;
  }

  List<NetworkNamespace> all() {
    return List.copyOf(namespaces.values());
  }

  /**
   * Processes whose namespace the kernel does not show although this process has the capabilities:
   * a security module such as AppArmor keeps them apart.
   */
  int denied() {
    return denied;
  }

  @Override
  public void close() {
    namespaces.values().forEach(NetworkNamespace::close);
  }
}
