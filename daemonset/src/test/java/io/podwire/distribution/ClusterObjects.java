package io.podwire.distribution;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.mockwebserver.crud.Attribute;
import io.fabric8.mockwebserver.crud.AttributeSet;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.Response;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The objects of fabric8's mock, with what an API server has beyond it: Pods can be asked for by
 * their node, and a watch tells what changed after the version that it names, has bookmarks, is cut
 * off, and ends where its version is forgotten.
 */
final class ClusterObjects extends KubernetesCrudDispatcher {

  private static final String NODE_FIELD = "spec.nodeName";
  private static final Pattern NODE_SELECTOR =
      Pattern.compile("fieldSelector=spec\\.nodeName[^&]*&?");
  private static final Pattern SINCE = Pattern.compile("[?&]resourceVersion=(\\d+)");

  private static final int OK = 200;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int GONE = 410;
  private static final int GOING_AWAY = 1001;

  /** What a bookmark is an empty object of, by the resource. */
  private static final Map<String, String> KINDS =
      Map.of(
          "pods", "Pod",
          "namespaces", "Namespace",
          "nodes", "Node",
          "services", "Service",
          "networkpolicies", "NetworkPolicy");

  private static final ObjectMapper JSON = new ObjectMapper();

  /** By group and version, the kinds that are not Kubernetes' own. */
  private final Map<String, String> kinds = new ConcurrentHashMap<>();

  private final AtomicInteger expired = new AtomicInteger();
  private final AtomicLong endpointBytes = new AtomicLong();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile boolean selectsByNode = true;
  private volatile boolean hidesServices;
  private volatile long forgotten;

  /** Has to itself what follows. */
  private final ExecutorService teller =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "watches");
            thread.setDaemon(true);
            return thread;
          });

  private final List<Change> history = new ArrayList<>();
  private final List<Watch> watches = new ArrayList<>();
  private boolean lagging;

  /** An object in one version, and what it can be asked for by. */
  private record Version(AttributeSet attributes, ObjectNode object) {}

  private record Change(long version, Optional<Version> before, Optional<Version> after) {}

  /** The paths of lists and watches of all Pods that were asked for. */
  List<String> podRequests() {
    return List.copyOf(asked);
  }

  /** Bytes of the answers that had Spiderpool's endpoints. */
  long endpointBytes() {
    return endpointBytes.get();
  }

  /** As an API server that knows no such field. */
  void ignoreNodeSelectors() {
    selectsByNode = false;
  }

  /** A kind of objects in namespaces. */
  static ResourceDefinitionContext kind(String group, String version, String kind, String plural) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(group)
        .withVersion(version)
        .withKind(kind)
        .withPlural(plural)
        .withNamespaced(true)
        .build();
  }

  /** As an API server that has been told of a kind, the only one of its group and version. */
  void define(ResourceDefinitionContext kind) {
    kinds.put(
        kind.getGroup() + "/" + kind.getVersion(),
        "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"resources\":[{\"kind\":\"%s\",\"name\":\"%s\",\"namespaced\":%s}]}"
            .formatted(kind.getKind(), kind.getPlural(), kind.isNamespaceScoped()));
  }

  /** As an API server that lets the agent's account read no Services. */
  void hideServices() {
    hidesServices = true;
  }

  /** The next watches begin at versions that are forgotten. */
  void refuse(int watches) {
    expired.set(watches);
  }

  /**
   * Sends a bookmark on every watch that asked for them.
   *
   * @return its version, which no object has
   */
  long bookmark() {
    long version = requestResourceVersion();
    teller.execute(() -> watches.forEach(watch -> watch.bookmark(version)));
    return version;
  }

  /** Cuts every watch off. */
  void disconnect() {
    teller.execute(
        () -> {
          watches.forEach(watch -> watch.socket.close(GOING_AWAY, "cut off"));
          watches.clear();
        });
  }

  /**
   * The watches that there are see none of these changes, but an end: all versions before are
   * forgotten.
   */
  void outrun(Runnable changes) {
    teller.execute(() -> lagging = true);
    changes.run();
    teller.execute(
        () -> {
          lagging = false;
          history.clear();
          forgotten = requestResourceVersion();
          watches.forEach(Watch::expire);
          watches.clear();
        });
  }

  @Override
  public MockResponse handleGet(String path) {
    if (path.matches("/api/v1/pods\\?.*")) {
      asked.add(path);
    }
    if (path.matches("/apis/[^/?]+/[^/?]+")) {
      String list = kinds.get(path.substring("/apis/".length()));
      return list == null
          ? new MockResponse().setResponseCode(NOT_FOUND)
          : new MockResponse().setResponseCode(OK).setBody(list);
    }
    if (hidesServices && path.startsWith("/api/v1/services")) {
      return new MockResponse()
          .setResponseCode(FORBIDDEN)
          .setBody(
              JSON.writeValueAsString(status(FORBIDDEN, "Forbidden", "services is forbidden")));
    }
    MockResponse answer = super.handleGet(heeded(path));
    if (path.contains("/spiderendpoints") && answer.getBody() != null) { // as where there is none
      endpointBytes.addAndGet(answer.getBody().size());
    }
    return answer;
  }

  private String heeded(String path) {
    return selectsByNode ? path : NODE_SELECTOR.matcher(path).replaceFirst("");
  }

  @Override
  public MockResponse handleWatch(String path) {
    Watch watch = new Watch(path);
    boolean refused = expired.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
    return refused || watch.since < forgotten
        ? new MockResponse().setResponseCode(GONE)
        : new MockResponse().withWebSocketUpgrade(watch);
  }

  /** Of the thread that changes the object, one at a time. */
  @Override
  public void processEvent(
      String path,
      AttributeSet pathAttributes,
      AttributeSet oldAttributes,
      GenericKubernetesResource resource,
      String newState) {
    Optional<Version> before =
        Optional.ofNullable(oldAttributes).map(old -> new Version(old, read(map.get(old))));
    super.processEvent(path, pathAttributes, oldAttributes, resource, newState);
    Optional<Version> after = Optional.ofNullable(newState).map(this::indexed);
    long version = after.map(v -> versionOf(v.object())).orElseGet(this::requestResourceVersion);
    teller.execute(() -> changed(new Change(version, before, after)));
  }

  /** Adds the node to what an object can be asked for by. */
  @SuppressWarnings("ReferenceEquality") // this state, of several that are equal
  private Version indexed(String state) {
    ObjectNode object = read(state);
    AttributeSet attributes =
        map.entrySet().stream()
            .filter(entry -> entry.getValue() == state)
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow();
    String node = object.at("/spec/nodeName").asString();
    if (!node.isEmpty()) {
      map.remove(attributes);
      attributes = attributes.add(new Attribute(NODE_FIELD, node));
      map.put(attributes, state);
    }
    return new Version(attributes, object);
  }

  private void changed(Change change) {
    history.add(change);
    if (!lagging) {
      watches.forEach(watch -> watch.tell(change));
    }
  }

  private static Status status(int code, String reason, String message) {
    return new StatusBuilder()
        .withStatus("Failure")
        .withReason(reason)
        .withMessage(message)
        .withCode(code)
        .build();
  }

  private static long versionOf(JsonNode object) {
    return object.at("/metadata/resourceVersion").asLong();
  }

  private static ObjectNode read(String state) {
    return (ObjectNode) JSON.readTree(state);
  }

  private final class Watch extends WebSocketListener {

    private final AttributeSet query;
    private final String plural;
    private final long since;
    private final boolean takesBookmarks;
    private WebSocket socket;

    Watch(String path) {
      query = getKey(path);
      plural = path.replaceFirst("\\?.*", "").replaceFirst(".*/", "");
      since =
          SINCE
              .matcher(path)
              .results()
              .map((MatchResult match) -> Long.parseLong(match.group(1)))
              .findFirst()
              .orElse(0L);
      takesBookmarks = path.contains("allowWatchBookmarks=true");
    }

    @Override
    public void onOpen(WebSocket socket, Response response) {
      teller.execute(
          () -> {
            this.socket = socket;
            watches.add(this);
            history.forEach(this::tell);
          });
    }

    @Override
    public void onClosing(WebSocket socket, int code, String reason) {
      socket.close(code, reason);
    }

    @Override
    public void onClosed(WebSocket socket, int code, String reason) {
      teller.execute(() -> watches.remove(this));
    }

    @Override
    public void onFailure(WebSocket socket, Throwable failure, Response response) {
      teller.execute(() -> watches.remove(this));
    }

    void tell(Change change) {
      if (change.version() <= since) {
        return;
      }
      Optional<Version> before = change.before().filter(this::asksFor);
      Optional<Version> after = change.after().filter(this::asksFor);
      if (after.isPresent()) {
        send(before.isPresent() ? "MODIFIED" : "ADDED", after.get().object());
      } else if (before.isPresent()) {
        ObjectNode last = before.get().object().deepCopy();
        last.withObject("/metadata").put("resourceVersion", Long.toString(change.version()));
        send("DELETED", last);
      }
    }

    private boolean asksFor(Version version) {
      return version.attributes().matches(query);
    }

    void bookmark(long version) {
      if (!takesBookmarks) {
        return;
      }
      ObjectNode object = JSON.createObjectNode();
      object.put("apiVersion", plural.equals("networkpolicies") ? "networking.k8s.io/v1" : "v1");
      object.put("kind", KINDS.get(plural));
      object.withObject("/metadata").put("resourceVersion", Long.toString(version));
      send("BOOKMARK", object);
    }

    void expire() {
      send("ERROR", JSON.valueToTree(status(GONE, "Expired", "too old resource version")));
      socket.close(GOING_AWAY, "expired");
    }

    private void send(String type, JsonNode object) {
      socket.send(JSON.createObjectNode().put("type", type).set("object", object).toString());
    }
  }
}
