package io.podwire.agent;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Utils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Finds the API server and the credentials for it, and says in one line why it cannot. */
public final class ClusterConfig {

  private ClusterConfig() {}

  /**
   * Finds them as any client does: by {@code KUBECONFIG}, {@code ~/.kube/config}, or the pod's
   * service account.
   *
   * @param retries of a request that the API server does not answer, with a back-off
   * @throws AgentException where none of these is there, or the kubeconfig says nothing
   */
  public static Config find(int retries) {
    List<Path> files = Config.getKubeconfigFilenames().stream().map(Path::of).toList();
    boolean named = Utils.getSystemPropertyOrEnvVar(Config.KUBERNETES_KUBECONFIG_FILE) != null;
    boolean readable = files.stream().anyMatch(f -> Files.isRegularFile(f) && Files.isReadable(f));
    if (named && !readable) {
      throw new AgentException(
          "KUBECONFIG names " + text(files) + ", which cannot be read: name another file");
    }
    Config found = read(files);
    if (found.getFileWithCluster() == null
        && found.getMasterUrl().startsWith(Config.DEFAULT_MASTER_URL)) { // as nothing said another
      throw new AgentException(
          readable
              ? text(files)
                  + " has no current context with a cluster: see kubectl config get-contexts"
              : "which cluster? KUBECONFIG is not set, and "
                  + text(files)
                  + " is not there: set KUBECONFIG to an admin's kubeconfig (sudo drops it:"
                  + " sudo KUBECONFIG=FILE accelctl ...)");
    }
    return new ConfigBuilder(found).withRequestRetryBackoffLimit(retries).build();
  }

  private static Config read(List<Path> files) {
    try {
      return Config.autoConfigure(null);
    } catch (KubernetesClientException e) {
      throw new AgentException(text(files) + " is no kubeconfig: " + RootCause.messageOf(e), e);
    }
  }

  private static String text(List<Path> files) {
    return files.stream().map(Path::toString).collect(Collectors.joining(", "));
  }
}
