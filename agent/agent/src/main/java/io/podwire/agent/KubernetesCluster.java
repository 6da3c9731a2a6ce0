package io.podwire.agent;

import io.fabric8.kubernetes.api.Pluralize;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.podwire.datapath.Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.ObjectMapper;

/**
 * The cluster as the API server tells it, by one watch for each kind of object. It goes on trying
 * for ever: an API server that is not there, or refuses, is a problem of the view and no failure.
 * Closes the client that it was given.
 */
final class KubernetesCluster implements Cluster {

  private static final Logger LOG = LoggerFactory.getLogger(KubernetesCluster.class);

  private static final ResourceDefinitionContext NAMESPACES = kind("", "v1", "Namespace", false);
  private static final ResourceDefinitionContext NODES = kind("", "v1", "Node", false);
  private static final ResourceDefinitionContext POLICIES =
      kind("networking.k8s.io", "v1", "NetworkPolicy", true);
  private static final String SERVICES = "services";

  /** So many are in memory as they come, however many the cluster has. */
  private static final long SERVICES_AT_A_TIME = 500;

  private final KubernetesClient client;
  private final AgentConfiguration configuration;
  private final Map<String, Informed<?, ?>> required = new LinkedHashMap<>();

  /**
   * By their kinds those policies that are not NetworkPolicies; empty where the API server knows no
   * such kind. One that is absent was not asked for yet.
   */
  private final Map<PolicyKind, Optional<Informed<GenericKubernetesResource, PolicyFacts>>>
      otherPolicies = new ConcurrentHashMap<>();

  /** Why one was not; empty before the first time. */
  private volatile String whyNotAsked = "";

  /** For their names alone: no pass waits for Services, and none follows a change of them. */
  private final Informed<ServiceObject, Set<Prefix>> services;

  private Informed<PodObject, PodFacts> pods;
  private Informed<GenericKubernetesResource, Optional<AccelerationAnnotation>> namespaces;
  private Informed<GenericKubernetesResource, Optional<AccelerationAnnotation>> nodes;
  private Optional<Informed<GenericKubernetesResource, PolicyFacts>> policies = Optional.empty();
  private volatile Optional<SpiderEndpoints> spiderEndpoints = Optional.empty();
  private final StartingPods startingPods =
      new StartingPods(this::watchedPod, this::askedPod, System::nanoTime);
  private Runnable changed = () -> {};

  /**
   * @param client is closed with this
   */
  KubernetesCluster(KubernetesClient client, AgentConfiguration configuration) {
    this.client = client;
    this.configuration = configuration;
    services =
        new Informed<>(
            SERVICES,
            client.resources(ServiceObject.class).inAnyNamespace().withLimit(SERVICES_AT_A_TIME),
            ServiceObject::new,
            ServiceObject::addresses,
            () -> {});
  }

  /** What a client for this reads objects with: all kinds but pods and Services as they come. */
  static KubernetesSerialization serialization() {
    KubernetesSerialization serialization = new KubernetesSerialization(new ObjectMapper(), false);
    List.of(PodObject.class, ServiceObject.class, Status.class)
        .forEach(serialization::registerKubernetesResource);
    return serialization;
  }

  /** A kind whose plural follows from its name. */
  static ResourceDefinitionContext kind(
      String group, String version, String kind, boolean namespaced) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(group)
        .withVersion(version)
        .withKind(kind)
        .withPlural(Pluralize.toPlural(kind.toLowerCase(Locale.ROOT)))
        .withNamespaced(namespaced)
        .build();
  }

  @Override
  public void follow(Runnable changed) {
    this.changed = changed;
    String node = configuration.node();
    pods =
        watch(
            "pods",
            client.resources(PodObject.class).inAnyNamespace().withField("spec.nodeName", node),
            PodObject::new,
            this::factsHere);
    namespaces =
        watch(
            "namespaces",
            client.genericKubernetesResources(NAMESPACES),
            GenericKubernetesResource::new,
            namespace -> Optional.of(AccelerationAnnotation.of(namespace.getMetadata())));
    nodes =
        watch(
            "nodes",
            client.genericKubernetesResources(NODES).withField("metadata.name", node),
            GenericKubernetesResource::new,
            object ->
                node.equals(object.getMetadata().getName())
                    ? Optional.of(AccelerationAnnotation.of(object.getMetadata()))
                    : Optional.empty());
    if (configuration.followsNetworkPolicies()) {
      policies =
          Optional.of(
              watch(
                  "networkpolicies",
                  client.genericKubernetesResources(POLICIES).inAnyNamespace(),
                  GenericKubernetesResource::new,
                  policy ->
                      Optional.of(PolicyFacts.of(policy, client.getKubernetesSerialization()))));
    }
    required.values().forEach(Informed::start);
    services.start();
  }

  /** Not every API server heeds every field selector. */
  private Optional<PodFacts> factsHere(PodObject pod) {
    return configuration.node().equals(pod.spec().nodeName())
        ? Optional.of(PodFacts.of(pod))
        : Optional.empty();
  }

  private Optional<PodFacts> watchedPod(PodName name) {
    return Optional.ofNullable(pods.facts().get(name.toString()));
  }

  private Optional<PodFacts> askedPod(PodName name) {
    return Optional.ofNullable(
            client
                .resources(PodObject.class)
                .inNamespace(name.namespace())
                .withName(name.name())
                .get())
        .flatMap(this::factsHere);
  }

  /** What the CNI plugin tells; to be told after {@link #follow}. */
  StartingPods startingPods() {
    return startingPods;
  }

  private <T extends HasMetadata, F> Informed<T, F> watch(
      String resource, Informable<T> objects, Supplier<T> bare, Function<T, Optional<F>> facts) {
    Informed<T, F> informed = new Informed<>(resource, objects, bare, facts, changed);
    required.put(resource, informed);
    return informed;
  }

  /**
   * Follows kinds that not every cluster has, from the first time that the API server knows them.
   */
  void lookForKinds() {
    lookForSpiderpool();
    configuration.policyKinds().forEach(this::lookFor);
  }

  private void lookFor(PolicyKind kind) {
    if (otherPolicies.getOrDefault(kind, Optional.empty()).isPresent()) {
      return;
    }
    try {
      Optional<Informed<GenericKubernetesResource, PolicyFacts>> found =
          resource(kind).map(resource -> otherPolicies(kind, resource));
      boolean first = otherPolicies.put(kind, found) == null;
      found.ifPresent(Informed::start);
      if (found.isPresent()) {
        LOG.info("following kind={}", kind);
      } else if (first) {
        LOG.warn("the API server knows no kind={}; looking again at every full pass", kind);
      }
    } catch (KubernetesClientException e) {
      whyNotAsked = "cannot look for " + kind + ": " + ApiFailure.what(e);
    }
  }

  private Optional<APIResource> resource(PolicyKind kind) {
    return Optional.ofNullable(client.getApiResources(kind.groupVersion())).stream()
        .flatMap(list -> list.getResources().stream())
        .filter(resource -> resource.getKind().equals(kind.kind()))
        .filter(resource -> !resource.getName().contains("/")) // a part of it
        .findFirst();
  }

  private Informed<GenericKubernetesResource, PolicyFacts> otherPolicies(
      PolicyKind kind, APIResource resource) {
    ResourceDefinitionContext context =
        new ResourceDefinitionContext.Builder()
            .withGroup(kind.group())
            .withVersion(kind.version())
            .withKind(kind.kind())
            .withPlural(resource.getName())
            .withNamespaced(resource.getNamespaced())
            .build();
    return new Informed<>(
        kind.toString(),
        client.genericKubernetesResources(context).inAnyNamespace(),
        GenericKubernetesResource::new,
        policy ->
            Optional.of(PolicyFacts.ofAnotherKind(policy, client.getKubernetesSerialization())),
        changed);
  }

  private Stream<Informed<GenericKubernetesResource, PolicyFacts>> followedOtherPolicies() {
    return otherPolicies.values().stream().flatMap(Optional::stream);
  }

  private void lookForSpiderpool() {
    if (spiderEndpoints.isPresent()) {
      spiderEndpoints.get().askAgain();
      return;
    }
    try {
      ResourceDefinitionContext kind = SpiderEndpoints.KIND;
      if (client.getApiResources(kind.getGroup() + "/" + kind.getVersion()) == null) {
        return;
      }
    } catch (KubernetesClientException e) {
      return; // the watches say that the API server does not answer
    }
    spiderEndpoints = Optional.of(new SpiderEndpoints(client, configuration.node(), changed));
    LOG.info("asking for resource={}", SpiderEndpoints.KIND.getPlural());
  }

  /** Takes note of watches that were connected since the last time; to be called before a view. */
  void noteConnections() {
    required.values().forEach(Informed::noteConnection);
    followedOtherPolicies().forEach(Informed::noteConnection);
    services.noteConnection();
    if (pods.isWatching()) { // the API server answers
      configuration.policyKinds().stream()
          .filter(kind -> !otherPolicies.containsKey(kind))
          .forEach(this::lookFor);
    }
  }

  @Override
  public ClusterView view() {
    List<String> problems = new ArrayList<>();
    boolean known = otherPolicies.keySet().containsAll(configuration.policyKinds());
    if (!known && !whyNotAsked.isEmpty()) {
      problems.add(whyNotAsked);
    }
    for (Informed<?, ?> informed : following()) {
      known &= informed.isKnown();
      informed.problem().ifPresent(problems::add);
    }
    List<PodFacts> present = startingPods.present(Map.copyOf(pods.facts()));
    Map<String, AccelerationAnnotation> annotations = new LinkedHashMap<>();
    namespaces
        .facts()
        .forEach((name, annotation) -> annotation.ifPresent(it -> annotations.put(name, it)));
    return new ClusterView(
        problems,
        known,
        nodes.facts().values().stream().flatMap(Optional::stream).findFirst(),
        present,
        annotations,
        spiderEndpoints.map(of -> of.of(present)).orElseGet(Map::of),
        startingPods.addresses(),
        policies.map(
            own ->
                Stream.concat(Stream.of(own), followedOtherPolicies())
                    .flatMap(followed -> followed.facts().values().stream())
                    .toList()));
  }

  /** What a pass waits for. */
  private List<Informed<?, ?>> following() {
    return Stream.concat(required.values().stream(), followedOtherPolicies()).toList();
  }

  @Override
  public Map<String, String> services() {
    Map<String, String> names = new HashMap<>();
    services
        .facts()
        .forEach(
            (name, addresses) -> addresses.forEach(address -> names.put(address.toString(), name)));
    return names;
  }

  @Override
  public Map<String, Boolean> watches() {
    Map<String, Boolean> watches = new ConcurrentHashMap<>();
    following().forEach(informed -> watches.put(informed.resource(), informed.isWatching()));
    watches.put(SERVICES, services.isWatching());
    spiderEndpoints.ifPresent(of -> watches.put(SpiderEndpoints.KIND.getPlural(), of.areRead()));
    return watches;
  }

  @Override
  public void close() {
    following().forEach(Informed::close);
    services.close();
    startingPods.close();
    spiderEndpoints.ifPresent(SpiderEndpoints::close);
    client.close();
  }
}
