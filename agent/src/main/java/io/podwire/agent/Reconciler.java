package io.podwire.agent;

import io.podwire.datapath.Authority;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import java.net.InetAddress;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the datapath what the cluster says. A full pass reads the kernel; a quick one trusts what
 * the last pass left there. Of one thread, but for {@link #state()}.
 */
final class Reconciler {

  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

  private final AgentConfiguration configuration;
  private final Datapath datapath;
  private final Cluster cluster;
  private final NodeEvents events;
  private final Heartbeat heartbeat;
  private final Supplier<Set<InetAddress>> nodeAddresses;
  private final Chooser chooser;

  private volatile AgentState state = AgentState.starting();
  private Optional<Admission> admitted = Optional.empty();
  private Optional<Wish> followed = Optional.empty();
  private boolean loadedBefore;
  private boolean degraded;

  /** What the kernel had after the last pass; empty where it must be read. */
  private Optional<Map<Prefix, Selection>> selection = Optional.empty();

  private Map<Prefix, Integer> marks = Map.of();

  Reconciler(
      AgentConfiguration configuration,
      Datapath datapath,
      Cluster cluster,
      NodeEvents events,
      Heartbeat heartbeat,
      Supplier<Set<InetAddress>> nodeAddresses) {
    this.configuration = configuration;
    this.datapath = datapath;
    this.cluster = cluster;
    this.events = events;
    this.heartbeat = heartbeat;
    this.nodeAddresses = nodeAddresses;
    this.chooser = new Chooser(configuration);
  }

  AgentState state() {
    return state;
  }

  /** Heeds the check of the kernel. */
  void admit(Admission admission) {
    Optional<String> refusal = admission.refusal();
    if (refusal.isPresent() && !admitted.equals(Optional.of(admission))) {
      LOG.warn("acceleration refused reason=\"{}\"", refusal.get());
      events.tell(NodeEvents.Reason.AccelerationRefused, refusal.get());
    }
    admitted = Optional.of(admission);
  }

  /** After a change in the cluster. */
  void pass() {
    if (selection.isEmpty()) {
      fullPass();
      return;
    }
    ClusterView view = cluster.view();
    List<Choice> choices = chooser.choose(view);
    select(choices, view);
    if (!view.node().equals(followed)) {
      follow(view, datapath.status()); // an operator may have switched since the last full pass
    }
    publish(choices, problem(view), state.status());
  }

  /** Reads what the kernel has, and repairs what others changed. */
  void fullPass() {
    selection = Optional.empty();
    ClusterView view = cluster.view();
    List<Choice> choices = chooser.choose(view);
    Status status = datapath.status();
    Optional<String> obstacle = obstacle(view, status);
    if (obstacle.isPresent()) {
      publish(choices, obstacle, status);
      return;
    }
    if (status.state() == State.ABSENT) {
      datapath.load();
      LOG.info("datapath loaded");
    }
    loadedBefore = true;
    datapath.nodeAddresses(nodeAddresses.get());
    marks = new HashMap<>(datapath.marks());
    selection = Optional.of(new HashMap<>(datapath.selection()));
    select(choices, view);
    follow(view, datapath.status());
    heartbeat.beat();
    Status after = datapath.status();
    watchWarnings(after);
    publish(choices, problem(view), after);
  }

  /** Renews the heartbeat, if this agent knows its pods. */
  void beat() {
    if (selection.isPresent()) {
      heartbeat.beat();
    }
  }

  /** A pass failed: the next one reads the kernel, and has more to do. */
  void failed(String why) {
    selection = Optional.empty();
    if (!degraded) {
      events.tell(NodeEvents.Reason.AccelerationDegraded, why);
    }
    degraded = true;
    publish(state.choices(), Optional.of(why), state.status());
  }

  /** Why nothing may be changed now. */
  private Optional<String> obstacle(ClusterView view, Status status) {
    if (status.state() == State.DRAINING) {
      loadedBefore = true;
      return Optional.of("an unload drains the datapath");
    }
    if (status.state() == State.ABSENT && loadedBefore) {
      return Optional.of(
          "the datapath was unloaded: accelctl enable on the node or a restart of the agent loads it");
    }
    if (admitted.isEmpty()) {
      return Optional.of("the kernel is being checked");
    }
    Optional<String> refusal = admitted.get().refusal();
    if (refusal.isPresent()) {
      if (status.state() == State.ENABLED && status.authority() != Authority.LOCAL) {
        datapath.disable(Authority.AGENT);
      }
      return Optional.of("refused: " + refusal.get());
    }
    return view.known() ? Optional.empty() : problem(view);
  }

  /** A cluster that was known once and is lost leaves the selection as it is. */
  private static Optional<String> problem(ClusterView view) {
    if (view.known()) {
      return Optional.empty();
    }
    return Optional.of(
        view.problems().isEmpty()
            ? "the cluster is not read yet"
            : String.join("; ", view.problems()));
  }

  private void select(List<Choice> choices, ClusterView view) {
    Map<Prefix, Selection> present = selection.orElseThrow();
    Set<Prefix> wanted =
        choices.stream()
            .filter(Choice::selected)
            .flatMap(choice -> choice.addresses().stream())
            .collect(Collectors.toSet());
    Set<Prefix> surplus = new HashSet<>(present.keySet());
    surplus.removeAll(wanted);
    Set<Prefix> missing =
        wanted.stream()
            .filter(prefix -> present.get(prefix) != Selection.SELECTED)
            .collect(Collectors.toSet());
    if (!surplus.isEmpty()) {
      datapath.deselect(surplus);
      present.keySet().removeAll(surplus);
    }
    retire(choices, view, surplus);
    if (!missing.isEmpty()) {
      datapath.select(missing, Selection.SELECTED);
      missing.forEach(prefix -> present.put(prefix, Selection.SELECTED));
    }
    if (!surplus.isEmpty() || !missing.isEmpty()) {
      LOG.info(
          "selection changed added={} removed={} selected={}",
          missing.size(),
          surplus.size(),
          present.size());
    }
  }

  /**
   * Flows of an address that is selected no more, or whose policies changed, go back to TCP. What
   * the policies were is in the kernel, so a change is seen that came while no agent ran.
   */
  private void retire(List<Choice> choices, ClusterView view, Set<Prefix> surplus) {
    Map<Prefix, Integer> retired = new HashMap<>();
    surplus.stream()
        .filter(Prefix::isAddress)
        .forEach(address -> retired.put(address, marks.getOrDefault(address, 0)));
    if (configuration.followsNetworkPolicies()) {
      Map<String, List<PolicyFacts>> policies =
          view.policies().stream().collect(Collectors.groupingBy(PolicyFacts::namespace));
      for (Choice choice : choices) {
        if (choice.selected()) {
          int mark =
              policies.getOrDefault(choice.pod().namespace(), List.of()).stream()
                  .filter(policy -> policy.selects(choice.pod()))
                  .mapToInt(PolicyFacts::fingerprint)
                  .sum();
          for (Prefix address : choice.addresses()) {
            if (marks.getOrDefault(address, 0) != mark) {
              retired.put(address, mark);
            }
          }
        }
      }
    }
    if (!retired.isEmpty()) {
      datapath.retire(retired);
      marks.putAll(retired);
      LOG.info("flows retired addresses={}", retired.size());
    }
  }

  /**
   * Off is off, whoever says so: an operator's switch on the node is never overridden by the agent,
   * nor the Node's annotation by the agent's own default.
   */
  private void follow(ClusterView view, Status status) {
    followed = view.node();
    boolean off = view.node().equals(Optional.of(Wish.DISABLED));
    boolean enabled = status.state() == State.ENABLED;
    boolean local = status.authority() == Authority.LOCAL;
    Authority authority = view.node().isPresent() ? Authority.NODE : Authority.AGENT;
    if (off && (enabled || !local && status.authority() != Authority.NODE)) {
      datapath.disable(Authority.NODE);
      switched(NodeEvents.Reason.AccelerationDisabled, "disabled by the Node's annotation");
    } else if (!off && !enabled && !local) {
      datapath.enable(authority);
      switched(
          NodeEvents.Reason.AccelerationEnabled,
          "enabled by " + (view.node().isPresent() ? "the Node's annotation" : "the agent"));
    } else if (!off && enabled && !local && status.authority() != authority) {
      datapath.enable(authority); // nothing changes but who says so
    }
  }

  private void switched(NodeEvents.Reason reason, String message) {
    LOG.info("acceleration {}", message);
    events.tell(reason, "acceleration of same-node pod traffic " + message);
    state = new AgentState(state.choices(), state.obstacle(), state.admission(), datapath.status());
  }

  private void watchWarnings(Status status) {
    boolean warns = !status.warnings().isEmpty();
    if (warns && !degraded) {
      LOG.warn("degraded reason=\"{}\"", status.warnings().get(0));
      events.tell(NodeEvents.Reason.AccelerationDegraded, status.warnings().get(0));
    }
    degraded = warns;
  }

  private void publish(List<Choice> choices, Optional<String> obstacle, Status status) {
    AgentState before = state;
    if (!before.obstacle().equals(obstacle)) {
      LOG.info(
          obstacle.isEmpty() ? "ready pods={} {}" : "not ready pods={} reason=\"{}\"",
          choices.size(),
          obstacle.orElse(""));
    }
    logChanges(before.choices(), choices);
    state = new AgentState(choices, obstacle, admitted.orElseGet(Admission::unchecked), status);
  }

  /** A choice that did not change is the same object ({@link Chooser}). */
  private static void logChanges(List<Choice> before, List<Choice> after) {
    for (Choice choice : notIn(before, after)) {
      LOG.info(
          "pod {} selected={} reason=\"{}\" addresses={}",
          name(choice),
          choice.selected(),
          choice.reason(),
          choice.addresses());
    }
    List<Choice> changed = notIn(after, before);
    if (!changed.isEmpty()) {
      Set<String> present = after.stream().map(Reconciler::name).collect(Collectors.toSet());
      changed.stream()
          .map(Reconciler::name)
          .filter(name -> !present.contains(name))
          .forEach(name -> LOG.info("pod {} gone", name));
    }
  }

  private static List<Choice> notIn(List<Choice> these, List<Choice> choices) {
    Set<Choice> known = Collections.newSetFromMap(new IdentityHashMap<>());
    known.addAll(these);
    return choices.stream().filter(choice -> !known.contains(choice)).toList();
  }

  private static String name(Choice choice) {
    return choice.pod().namespace() + "/" + choice.pod().name();
  }
}
