package io.podwire.agent;

import io.podwire.datapath.Authority;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.DatapathException;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.Settings;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the datapath what the cluster says. A full pass reads the kernel; a quick one trusts what
 * the last pass left there. Of one thread, but for {@link #state()}.
 */
final class Reconciler {

  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

  /** After a full pass that an obstacle or a failure ended. */
  private static final Duration ANOTHER_TRY = Duration.ofMinutes(1);

  private final AgentConfiguration configuration;
  private final Datapath datapath;
  private final Cluster cluster;
  private final NodeEvents events;
  private final Heartbeat heartbeat;
  private final Supplier<Set<InetAddress>> nodeAddresses;
  private final LongSupplier nanoTime;
  private final AddressTrust trust;
  private final Chooser chooser;

  private volatile AgentState state = AgentState.starting();
  private Optional<Admission> admitted = Optional.empty();
  private boolean toTell;
  private boolean goesOn;
  private Optional<Wish> followed = Optional.empty();
  private boolean loadedBefore;

  /** An operator had switched the build before on, which outlives it: to be said again. */
  private boolean byHand;

  private boolean degraded;
  private Set<Prefix> ownAddresses = Set.of();

  /** What the kernel had after the last pass; empty where it must be read. */
  private Optional<Map<Prefix, Selection>> selection = Optional.empty();

  private Map<Prefix, Integer> marks = Map.of();

  private long lastFullPass;

  Reconciler(
      AgentConfiguration configuration,
      Datapath datapath,
      Cluster cluster,
      NodeEvents events,
      Heartbeat heartbeat,
      Supplier<Set<InetAddress>> nodeAddresses) {
    this(configuration, datapath, cluster, events, heartbeat, nodeAddresses, System::nanoTime);
  }

  Reconciler(
      AgentConfiguration configuration,
      Datapath datapath,
      Cluster cluster,
      NodeEvents events,
      Heartbeat heartbeat,
      Supplier<Set<InetAddress>> nodeAddresses,
      LongSupplier nanoTime) {
    this.configuration = configuration;
    this.datapath = datapath;
    this.cluster = cluster;
    this.events = events;
    this.heartbeat = heartbeat;
    this.nodeAddresses = nodeAddresses;
    this.nanoTime = nanoTime;
    this.lastFullPass = nanoTime.getAsLong();
    this.trust = new AddressTrust(new PodNamespaces(configuration.proc()));
    this.chooser = new Chooser(configuration, trust);
  }

  AgentState state() {
    return state;
  }

  /** Heeds the check of the kernel, from the next full pass on. */
  void admit(Admission admission) {
    toTell = !admitted.equals(Optional.of(admission));
    admitted = Optional.of(admission);
  }

  /** After a change in the cluster. */
  void pass() {
    if (selection.isEmpty()) {
      fullPass();
      return;
    }
    ClusterView view = cluster.view();
    if (!view.node().equals(followed)) {
      fullPass(); // others may have switched, loaded or unloaded since the last one
      return;
    }
    List<Choice> choices = chooser.choose(view, ownAddresses);
    select(choices, view);
    publish(choices, problem(view), state.status());
  }

  /** Reads what the kernel has, and repairs what others changed. */
  void fullPass() {
    lastFullPass = nanoTime.getAsLong();
    selection = Optional.empty();
    ClusterView view = cluster.view();
    Set<InetAddress> addresses = nodeAddresses.get();
    rememberOwn(addresses);
    List<Choice> choices = chooser.choose(view, ownAddresses);
    Status status = datapath.status();
    Optional<String> obstacle = obstacle(view, status);
    if (obstacle.isPresent()) {
      publish(choices, obstacle, status);
      return;
    }
    boolean takesOver = status.state() == State.ABSENT || status.another().isPresent();
    byHand |= takesOver && status.state() == State.ENABLED && status.authority() == Authority.LOCAL;
    if (!takesOver && !status.draining().isEmpty()) {
      datapath.removeDrained(); // not by a load: one without flows may be another's, being loaded
    }
    if (takesOver) {
      datapath.load();
      loadedBefore = true;
      LOG.info("datapath loaded");
      status = datapath.status();
      Optional<String> lack = lack(status);
      if (lack.isPresent()) {
        publish(choices, lack, status);
        return;
      }
    }
    loadedBefore = true;
    limit(status);
    datapath.nodeAddresses(addresses);
    marks = new HashMap<>(datapath.policyMarks());
    selection = Optional.of(new HashMap<>(datapath.selection()));
    select(choices, view);
    if (byHand) {
      datapath.enable(Authority.LOCAL);
      byHand = false;
      status = datapath.status();
    }
    status = follow(view, status);
    heartbeat.beat();
    if (!status.warnings().isEmpty()) {
      status = datapath.status(); // the beat may have ended one
    }
    watchWarnings(status);
    publish(choices, problem(view), status);
  }

  /** What the agent was told to limit, where it is not so yet. */
  private void limit(Status status) {
    UnaryOperator<Settings> wanted =
        settings ->
            settings
                .withMaxBacklogMemory(
                    configuration.maxBacklogMemory().orElse(settings.maxBacklogMemory()))
                .withGears(configuration.gears().orElse(settings.gears()));
    if (!wanted.apply(status.settings()).equals(status.settings())) {
      datapath.reconfigure(wanted);
    }
  }

  private void rememberOwn(Set<InetAddress> addresses) {
    Set<Prefix> own = addresses.stream().map(Prefix::of).collect(Collectors.toSet());
    if (!own.equals(ownAddresses)) {
      ownAddresses = own;
    }
  }

  /** Nanoseconds until a pass can learn more of pods that did not change; empty where none can. */
  OptionalLong nextLook() {
    return trust.nextRetry();
  }

  /**
   * Renews the heartbeat, if this agent knows its pods; whether a full pass is due before its time:
   * somebody switched the datapath since the last one, or that one could do nothing a minute ago.
   */
  boolean beat() {
    if (selection.isEmpty()) {
      return nanoTime.getAsLong() - lastFullPass > ANOTHER_TRY.toNanos();
    }
    try {
      return !heartbeat.beat().equals(state.status().switched());
    } catch (DatapathException e) {
      return true; // it says why
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
    if (status.another().isPresent() && loadedBefore) {
      return Optional.of(
          "another build of the programs was loaded since ("
              + status.another().get()
              + "): a restart of this agent, or accelctl enable of its build, takes the node back");
    }
    if (status.state() == State.ABSENT && loadedBefore) {
      return Optional.of(
          "the datapath was unloaded: accelctl enable on the node or a restart of the agent loads"
              + " it");
    }
    if (admitted.isEmpty()) {
      return Optional.of("the kernel is being checked");
    }
    Optional<String> refusal = admitted.get().refusal();
    goesOn = !admitted.get().known() && (goesOn || wasLetRun(status));
    if (refusal.isPresent()) {
      tell(refusal.get());
      if (!goesOn) {
        if (runs(status)) {
          datapath.disable(Authority.AGENT);
        }
        return Optional.of(AgentState.REFUSED + refusal.get());
      }
    }
    Optional<String> lack = lack(status);
    if (lack.isPresent()) {
      return lack;
    }
    return view.known() ? Optional.empty() : problem(view);
  }

  /** Why what is loaded is not what the check saw; nothing joins it then. */
  private Optional<String> lack(Status status) {
    SortedSet<String> lacking = admitted.orElseThrow().lackedBy(status);
    if (status.state() == State.ABSENT || status.another().isPresent() || lacking.isEmpty()) {
      return Optional.empty();
    }
    if (runs(status)) {
      datapath.disable(Authority.AGENT);
    }
    String why =
        AgentState.REFUSED
            + "the programs that are loaded lack protections of this kernel's check: "
            + String.join(", ", lacking)
            + ": unload them on the node and restart the agent, or add to PODWIRE_ACCEPT: "
            + String.join(",", lacking);
    if (!state.obstacle().equals(Optional.of(why))) {
      events.tell(NodeEvents.Reason.AccelerationRefused, why);
    }
    return Optional.of(why);
  }

  /**
   * Whether an agent enabled these programs, which had a check that let it: of this kernel, since
   * pins do not outlive it. So where that check is gone there is nothing to be afraid of.
   */
  private static boolean wasLetRun(Status status) {
    return runs(status) && status.authority() != Authority.NOBODY;
  }

  /** Whether these programs are enabled, and not by an operator's own word. */
  private static boolean runs(Status status) {
    return status.state() == State.ENABLED
        && status.authority() != Authority.LOCAL
        && status.another().isEmpty();
  }

  private void tell(String refusal) {
    if (toTell) {
      LOG.warn("{} reason=\"{}\"", goesOn ? "going on unchecked" : "acceleration refused", refusal);
      if (goesOn) {
        events.tell(NodeEvents.Reason.AccelerationDegraded, AgentState.UNCHECKED + refusal);
      } else {
        events.tell(NodeEvents.Reason.AccelerationRefused, refusal);
      }
    }
    toTell = false;
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
      Map<Prefix, Integer> current = new HashMap<>(); // pods can share an address
      for (Choice choice : choices) {
        if (choice.selected()) {
          int mark =
              policies.getOrDefault(choice.pod().namespace(), List.of()).stream()
                  .filter(policy -> policy.selects(choice.pod()))
                  .mapToInt(PolicyFacts::fingerprint)
                  .sum();
          choice.addresses().forEach(address -> current.merge(address, mark, Integer::sum));
        }
      }
      current.forEach(
          (address, mark) -> {
            if (!mark.equals(marks.getOrDefault(address, 0))) {
              retired.put(address, mark);
            }
          });
    }
    if (!retired.isEmpty()) {
      datapath.sendBack(retired);
      marks.putAll(retired);
      LOG.info("flows retired addresses={}", retired.size());
    }
  }

  /**
   * Off is off, whoever says so: an operator's switch on the node is never overridden by the agent,
   * nor the Node's annotation by the agent's own default. Returns what it is then.
   */
  private Status follow(ClusterView view, Status status) {
    followed = view.node();
    boolean off = view.node().equals(Optional.of(Wish.DISABLED));
    boolean enabled = status.state() == State.ENABLED;
    boolean local = status.authority() == Authority.LOCAL;
    Authority authority = view.node().isPresent() ? Authority.NODE : Authority.AGENT;
    if (off && (enabled || !local && status.authority() != Authority.NODE)) {
      datapath.disable(Authority.NODE);
      return switched(NodeEvents.Reason.AccelerationDisabled, "disabled by the Node's annotation");
    }
    if (!off && !enabled && !local) {
      datapath.enable(authority);
      return switched(
          NodeEvents.Reason.AccelerationEnabled,
          "enabled by " + (view.node().isPresent() ? "the Node's annotation" : "the agent"));
    }
    if (!off && enabled && !local && status.authority() != authority) {
      datapath.enable(authority); // nothing changes but who says so
      return datapath.status();
    }
    return status;
  }

  private Status switched(NodeEvents.Reason reason, String message) {
    LOG.info("acceleration {}", message);
    Status status = datapath.status();
    events.tell(
        reason,
        "acceleration of same-node pod traffic "
            + message
            + (status.state() == State.ENABLED ? "; " + AgentState.protections(status) : ""));
    state = new AgentState(state.choices(), state.obstacle(), state.admission(), status);
    return status;
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
      choice
          .trusted()
          .refused()
          .forEach((address, why) -> LOG.info("pod {} not {}: {}", name(choice), address, why));
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
    return choice.pod().toString();
  }
}
