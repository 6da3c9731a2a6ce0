package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.NetworkNamespace;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The network namespaces of a node. */
final class NetworkNamespaces {

  private NetworkNamespaces() {}

  /** Those that some process is in which this one sees; the caller closes them. */
  static Collection<NetworkNamespace> ofProcesses() {
    Map<Path, NetworkNamespace> namespaces = new HashMap<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        Path link = process.resolve("ns/net");
        try {
          Path identity = Files.readSymbolicLink(link);
          if (!namespaces.containsKey(identity)) {
            namespaces.put(identity, NetworkNamespace.open(link));
          }
        } catch (IOException | BpfException e) {
          // it has ended meanwhile, or is a zombie
        }
      }
    } catch (IOException e) {
      namespaces.values().forEach(NetworkNamespace::close);
      throw new DatapathException("cannot list the processes in /proc: " + e.getMessage(), e);
    }
    return namespaces.values();
  }
}
