package io.podwire.distribution;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.List;
import java.util.Map;

/** Endpoints as Spiderpool writes them. */
final class SpiderEndpoint {

  static final ResourceDefinitionContext KIND =
      ClusterObjects.kind(
          "spiderpool.spidernet.io", "v2beta1", "SpiderEndpoint", "spiderendpoints");

  private SpiderEndpoint() {}

  /**
   * Makes one in the namespace {@code default}.
   *
   * @param uid of the pod
   */
  static void create(ApiServer api, String name, String uid, String node, String address) {
    Map<String, ?> ip =
        Map.of(
            "interface",
            "net1",
            "ipv4",
            address + "/16",
            "ipv4Pool",
            "pool-of-net1",
            "ipv4Gateway",
            "10.12.0.254",
            "vlan",
            0,
            "cleanGateway",
            false);
    GenericKubernetesResource endpoint = new GenericKubernetesResource();
    endpoint.setApiVersion("spiderpool.spidernet.io/v2beta1");
    endpoint.setKind(KIND.getKind());
    endpoint.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace("default").build());
    endpoint.setAdditionalProperty(
        "status",
        Map.of(
            "current",
            Map.of("uid", uid, "node", node, "ips", List.of(ip)),
            "ownerControllerType",
            "Pod",
            "ownerControllerName",
            name));
    api.client()
        .genericKubernetesResources(KIND)
        .inNamespace("default")
        .resource(endpoint)
        .create();
  }

  /** Deletes one in the namespace {@code default}. */
  static void delete(ApiServer api, String name) {
    api.client().genericKubernetesResources(KIND).inNamespace("default").withName(name).delete();
  }
}
