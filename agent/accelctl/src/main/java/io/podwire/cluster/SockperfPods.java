package io.podwire.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServiceSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.podwire.agent.NodeAnnotation;
import io.podwire.agent.PodObstacle;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Two pods of a node, a server of sockperf and a client, and a Service in front of the server;
 * {@link Undo} deletes them. They need no rights, so that they also run in namespaces that grant
 * none.
 */
public final class SockperfPods {

  /** sockperf's own default. */
  public static final int PORT = 11111;

  /** The label by which all that is made for one purpose is found. */
  static final String LABEL = "app.kubernetes.io/name";

  /** The label that no two pods share. */
  static final String OWN = "podwire.io/pod";

  private static final String CONTAINER = "sockperf";
  private static final Duration READY_LIMIT = Duration.ofMinutes(2);
  private static final long NOBODY = 65_534;

  /** {@code /proc/net/tcp} has the port in hex; 0A is TCP_LISTEN. */
  private static final String LISTENING = ":%04X [0-9A-F]*:0000 0A ".formatted(PORT);

  private final KubernetesClient client;
  private final ClusterPlace place;
  private final String image;
  private final String purpose;
  private final String name;
  private final Pod server;
  private final Pod peer;
  private final String serviceAddress;

  /**
   * Makes them, and waits until both are ready, which the server is once it listens.
   *
   * @param purpose begins their names, and is the value of their label {@code
   *     app.kubernetes.io/name}
   * @param image of both
   * @throws ClusterException where one will not become ready, or not within two minutes
   */
  public SockperfPods(
      KubernetesClient client, String purpose, ClusterPlace place, String image, Undo undo) {
    this.client = client;
    this.purpose = purpose;
    this.name = purpose + "-" + UUID.randomUUID().toString().substring(0, "00000000".length());
    this.place = place;
    this.image = image;
    Resource<Pod> serving = client.resource(serverPod());
    Resource<Pod> idle = client.resource(pod("client", "sleep", "infinity"));
    Resource<Service> service = client.resource(service());
    undo.doing(serving::create, deletion("pod", serving, () -> delete(serving)));
    undo.doing(idle::create, deletion("pod", idle, () -> delete(idle)));
    undo.doing(service::create, deletion("service", service, service::delete));
    server = ready(serving);
    peer = ready(idle);
    serviceAddress = address(service.get().getSpec());
  }

  /** The container in which the server is process 1. */
  public Container server() {
    return container(server);
  }

  /** The container that does nothing. */
  public Container client() {
    return container(peer);
  }

  /** IPv4, of the pod. */
  public String serverAddress() {
    return ipv4(server);
  }

  /** IPv4, of the pod. */
  public String clientAddress() {
    return ipv4(peer);
  }

  /** IPv4, where the cluster has such Services. */
  public String serviceAddress() {
    return serviceAddress;
  }

  /**
   * The command that sends messages back and forth in one connection, for the client.
   *
   * @param address what it connects to
   * @param size bytes of a message
   */
  public static List<String> pingPong(String address, int size, int seconds) {
    return List.of(
        "sockperf",
        "ping-pong",
        "--tcp",
        "-i",
        address,
        "-p",
        Integer.toString(PORT),
        "-m",
        Integer.toString(size),
        "-t",
        Integer.toString(seconds));
  }

  private Pod serverPod() {
    String port = Integer.toString(PORT);
    return new PodBuilder(pod("server", "sockperf", "server", "--tcp", "-i", "0.0.0.0", "-p", port))
        .editSpec()
        .editFirstContainer()
        // It has no readiness probe, which would go on beside the rounds.
        .withNewStartupProbe()
        .withNewExec()
        .withCommand("grep", "-q", LISTENING, "/proc/net/tcp")
        .endExec()
        .withPeriodSeconds(1)
        .withFailureThreshold((int) READY_LIMIT.toSeconds())
        .endStartupProbe()
        .endContainer()
        .endSpec()
        .build();
  }

  private Pod pod(String role, String... command) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name + "-" + role)
        .withNamespace(place.namespace())
        .addToLabels(LABEL, purpose)
        .addToLabels(OWN, name + "-" + role)
        .addToAnnotations(NodeAnnotation.KEY, "enabled")
        .endMetadata()
        .withNewSpec()
        .withNodeName(place.node())
        .addNewToleration()
        .withOperator("Exists")
        .endToleration()
        .withRestartPolicy("Never")
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withRunAsUser(NOBODY)
        .withRunAsGroup(NOBODY)
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .addNewContainer()
        .withName(CONTAINER)
        .withImage(image)
        .withImagePullPolicy("IfNotPresent") // the agent's is there, and may be nowhere else
        .withCommand(command)
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withNewCapabilities()
        .addToDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .endContainer()
        .endSpec()
        .build();
  }

  private Service service() {
    return new ServiceBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(place.namespace())
        .addToLabels(LABEL, purpose)
        .endMetadata()
        .withNewSpec()
        .withSelector(Map.of(OWN, name + "-server"))
        .withIpFamilyPolicy("PreferDualStack")
        .addNewPort()
        .withPort(PORT)
        .endPort()
        .endSpec()
        .build();
  }

  private Pod ready(Resource<Pod> resource) {
    return Poll.until(
            READY_LIMIT, () -> Optional.of(present(resource)).filter(Readiness::isPodReady))
        .orElseThrow(
            () ->
                new ClusterException(
                    "pod "
                        + title(resource)
                        + " is not ready after "
                        + READY_LIMIT.toSeconds()
                        + " s: "
                        + PodObstacle.of(present(resource))
                        + ": see kubectl describe node "
                        + place.node()));
  }

  private Pod present(Resource<Pod> resource) {
    Pod pod = resource.get();
    if (pod == null) {
      throw new ClusterException("pod " + title(resource) + " was deleted by somebody else");
    }
    PodObstacle.forGood(pod)
        .ifPresent(
            why -> {
              throw new ClusterException(
                  "pod "
                      + title(resource)
                      + " cannot run image "
                      + image
                      + " on node "
                      + place.node()
                      + ": "
                      + why
                      + ": name one that has sockperf with --image");
            });
    return pod;
  }

  /** At once: the API server shows it no more, though a kubelet may take its time with the rest. */
  private static void delete(Resource<Pod> resource) {
    resource.withGracePeriod(0).delete();
  }

  private static Undo.Step deletion(
      String kind, Resource<? extends HasMetadata> resource, Runnable delete) {
    ObjectMeta metadata = resource.item().getMetadata();
    return new Undo.Step(
        delete,
        kind + " " + title(resource) + " could not be deleted",
        "kubectl -n "
            + metadata.getNamespace()
            + " delete --ignore-not-found "
            + kind
            + " "
            + metadata.getName());
  }

  private static String title(Resource<? extends HasMetadata> resource) {
    ObjectMeta metadata = resource.item().getMetadata();
    return metadata.getNamespace() + "/" + metadata.getName();
  }

  private Container container(Pod pod) {
    return new Container(client, place.namespace(), pod.getMetadata().getName(), CONTAINER);
  }

  private static String address(ServiceSpec service) {
    return service.getClusterIPs().stream()
        .filter(address -> !address.contains(":"))
        .findFirst()
        .orElse(service.getClusterIP());
  }

  /** sockperf 3.7 speaks IPv4 only. */
  private static String ipv4(Pod pod) {
    return pod.getStatus().getPodIPs().stream()
        .map(address -> address.getIp())
        .filter(address -> !address.contains(":"))
        .findFirst()
        .orElseThrow(
            () ->
                new ClusterException(
                    "pod "
                        + pod.getMetadata().getName()
                        + " has no IPv4 address, and sockperf speaks no IPv6: addresses "
                        + pod.getStatus().getPodIPs().stream()
                            .map(address -> address.getIp())
                            .toList()));
  }
}
