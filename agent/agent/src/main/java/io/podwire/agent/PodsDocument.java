package io.podwire.agent;

import io.podwire.datapath.Prefix;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the agent answers {@code accelctl pods}.
 *
 * @param node the Node's name
 * @param ready whether the selection is what the cluster says
 * @param obstacle why it is not; empty where it is
 * @param version of the agent, with its commit behind a plus; empty where an older one says nothing
 * @param pods every pod of the node
 * @param services the Services of the cluster, {@code namespace/name}, by each of their addresses;
 *     an agent of an older version says nothing of them
 */
public record PodsDocument(
    String node,
    boolean ready,
    String obstacle,
    String version,
    List<Entry> pods,
    Map<String, String> services) {

  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY).build();

  /**
   * A pod.
   *
   * @param namespace its namespace
   * @param name its name
   * @param workload what made it: {@code deployment/web}, or {@code pod/web} where nothing did;
   *     null where an agent of an older version says nothing of it
   * @param addresses its addresses on every interface
   * @param selected whether connections of these may join
   * @param reason why, or why not
   * @param sources who says of each of these addresses that it is the pod's: {@code status}, {@code
   *     spiderpool} or {@code namespace}
   * @param refused addresses that were named as the pod's and are not selected for it, and why
   */
  public record Entry(
      String namespace,
      String name,
      String workload,
      List<String> addresses,
      boolean selected,
      String reason,
      Map<String, String> sources,
      Map<String, String> refused) {

    /** An agent of an older version says nothing of the last two. */
    public Entry {
      Objects.requireNonNull(namespace);
      Objects.requireNonNull(name);
      addresses = List.copyOf(addresses);
      sources = sources == null ? Map.of() : sources;
      refused = refused == null ? Map.of() : refused;
    }
  }

  /** Fills in what an agent of an older version leaves out. */
  public PodsDocument {
    version = version == null ? "" : version;
    pods = List.copyOf(pods);
    services = services == null ? Map.of() : Map.copyOf(services);
  }

  static PodsDocument of(String node, AgentState state, Map<String, String> services) {
    return new PodsDocument(
        node,
        state.obstacle().isEmpty(),
        state.obstacle().orElse(""),
        ProductVersion.get() + "+" + ProductVersion.commit(),
        state.decisions().stream()
            .map(
                decision ->
                    new Entry(
                        decision.pod().namespace(),
                        decision.pod().name(),
                        decision.pod().workload(),
                        decision.addresses().stream().map(Prefix::toString).toList(),
                        decision.selected(),
                        decision.reason(),
                        texts(decision.trusted().addresses()),
                        texts(decision.trusted().refused())))
            .toList(),
        services);
  }

  private static Map<String, String> texts(Map<Prefix, ?> addresses) {
    Map<String, String> texts = new LinkedHashMap<>();
    addresses.forEach((address, text) -> texts.put(address.toString(), text.toString()));
    return texts;
  }

  /** As the agent serves it. */
  public String json() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JacksonException e) {
      throw new IllegalStateException("a document is a tree of records", e);
    }
  }

  /**
   * Reads a document that an agent wrote.
   *
   * @throws AgentException where the text is no such document
   */
  public static PodsDocument parse(String json) {
    try {
      return JSON.readValue(json, PodsDocument.class);
    } catch (JacksonException e) {
      throw new AgentException("what answered is no agent of this version", e);
    }
  }
}
