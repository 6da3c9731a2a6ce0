package io.podwire.agent;

import io.podwire.datapath.Authority;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.DatapathException;
import io.podwire.datapath.OwnerProcesses;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import io.podwire.datapath.Switch;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the datapath what the cluster says. A full pass reads the kernel once, or twice where that
 * warns: its heartbeat may have ended the warning. It carries out a {@link Plan}. A quick pass
 * trusts what the last one left in the kernel, and changes the selection only. Of one thread, but
 * for {@link #state()}.
 */
final class Reconciler {

  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

  /** Until the next full pass after one that an obstacle or a failure ended. */
  private static final Duration ANOTHER_TRY = Duration.ofMinutes(1);

  /**
   * What the last pass left in the kernel.
   *
   * @param node what the Node's annotation said
   * @param switched how the datapath is switched
   * @param selection kept as it is changed
   * @param marks kept as they are changed
   */
  private record Left(
      Optional<AccelerationAnnotation> node,
      Switch switched,
      Map<Prefix, Selection> selection,
      Map<Prefix, Integer> marks) {}

  private final AgentConfiguration configuration;
  private final Datapath datapath;
  private final Cluster cluster;
  private final NodeEvents events;
  private final Heartbeat heartbeat;
  private final Supplier<Set<InetAddress>> nodeAddresses;
  private final LongSupplier nanoTime;
  private final AddressTrust trust;
  private final PodDecisions podDecisions;
  private final OwnerWatch owners;

  private volatile AgentState state = AgentState.starting();
  private PassMemory memory = PassMemory.NOTHING;

  /** People were told that something is wrong, and it was not seen to be over. */
  private boolean degraded;

  /** The node's addresses; the same object for as long as they are the same. */
  private Set<Prefix> ownAddresses = Set.of();

  /** Empty where the next pass must read the kernel. */
  private Optional<Left> left = Optional.empty();

  private long lastFullPass;

  Reconciler(
      AgentConfiguration configuration,
      Datapath datapath,
      Cluster cluster,
      NodeEvents events,
      Heartbeat heartbeat,
      Supplier<Set<InetAddress>> nodeAddresses,
      OwnerProcesses processes) {
    this(
        configuration,
        datapath,
        cluster,
        events,
        heartbeat,
        nodeAddresses,
        processes,
        System::nanoTime);
  }

  Reconciler(
      AgentConfiguration configuration,
      Datapath datapath,
      Cluster cluster,
      NodeEvents events,
      Heartbeat heartbeat,
      Supplier<Set<InetAddress>> nodeAddresses,
      OwnerProcesses processes,
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
    this.podDecisions = new PodDecisions(configuration, trust);
    this.owners = new OwnerWatch(datapath, configuration.yieldTo(), processes);
  }

  AgentState state() {
    return state;
  }

  /** Heeds the check of the kernel, from the next full pass on. */
  void admit(Admission admission) {
    memory = memory.admit(admission);
  }

  /** After a change in the cluster. */
  void pass() {
    if (left.isEmpty()) {
      fullPass();
      return;
    }
    ClusterView view = cluster.view();
    if (!view.node().equals(left.get().node())) {
      fullPass(); // others may have switched, loaded or unloaded since the last one
      return;
    }
    List<PodDecision> decisions = podDecisions.decide(view, ownAddresses, owners.now());
    Map<Prefix, Selection> selection = left.get().selection();
    Map<Prefix, Integer> marks = left.get().marks();
    change(SelectionChange.of(decisions, view.policies(), selection, marks), selection, marks);
    publish(decisions, view.whyUnknown(), state.status());
  }

  /** Reads what the kernel has, and repairs what others changed. */
  void fullPass() {
    lastFullPass = nanoTime.getAsLong();
    left = Optional.empty();
    World world = read();
    Plan plan = plan(world);
    if (plan.step() instanceof Plan.Load) {
      datapath.load();
      memory = memory.loaded();
      LOG.info("datapath loaded");
      world = readKernel(world.view(), world.nodeAddresses(), true);
      plan = plan(world);
    }
    if (plan.step() instanceof Plan.Follow follow) {
      follow(follow, world);
    } else {
      stand((Plan.Stand) plan.step(), world);
    }
  }

  private World read() {
    ClusterView view = cluster.view();
    Set<InetAddress> addresses = nodeAddresses.get();
    Set<Prefix> own = addresses.stream().map(Prefix::of).collect(Collectors.toSet());
    if (!own.equals(ownAddresses)) {
      ownAddresses = own;
    }
    return readKernel(view, addresses, false);
  }

  /** Before a load nobody says who else has sockets, so pods are decided on anew after one. */
  private World readKernel(ClusterView view, Set<InetAddress> addresses, boolean loaded) {
    owners.look().forEach(this::tell);
    List<PodDecision> decisions = podDecisions.decide(view, ownAddresses, owners.now());
    Status status = datapath.status();
    return new World(
        view, decisions, addresses, status, datapath.selection(), datapath.policyMarks(), loaded);
  }

  /** What to do about a world, with what must be remembered and told before it is done. */
  private Plan plan(World world) {
    Plan plan = Plan.of(configuration, memory, world);
    memory = plan.memory();
    plan.notices().forEach(this::tell);
    return plan;
  }

  private void stand(Plan.Stand stand, World world) {
    if (stand.disables()) {
      datapath.disable(Authority.AGENT);
    }
    Optional<String> obstacle = Optional.of(stand.obstacle());
    if (!state.obstacle().equals(obstacle)) {
      stand.news().ifPresent(this::tell);
    }
    publish(world.decisions(), obstacle, world.status());
  }

  private void follow(Plan.Follow follow, World world) {
    if (follow.removesDrained()) {
      datapath.removeDrained();
    }
    if (follow.reconfigures()) {
      datapath.reconfigure(settings -> configuration.told(settings, world.status().authority()));
    }
    datapath.nodeAddresses(world.nodeAddresses());
    Map<Prefix, Selection> selection = new HashMap<>(world.selection());
    Map<Prefix, Integer> marks = new HashMap<>(world.marks());
    change(follow.selection(), selection, marks);
    follow.switching().ifPresent(this::turn);
    memory = memory.switched();
    heartbeat.beat();
    Status status = world.status();
    Switch switched =
        follow
            .switching()
            .map(to -> new Switch(to.state(), to.by(), status.build()))
            .orElseGet(status::switched);
    left = Optional.of(new Left(world.view().node(), switched, selection, marks));
    // the beat may have ended a warning
    warn(status.warnings().isEmpty() ? List.of() : datapath.status().warnings());
    publish(world.decisions(), world.view().whyUnknown(), status);
  }

  /** Nanoseconds until a pass can learn more of pods that did not change; empty where none can. */
  OptionalLong nextLook() {
    return trust.nextRetry();
  }

  /**
   * Renews the heartbeat, if this agent knows its pods; whether a full pass is due before its time:
   * somebody switched the datapath since the last one, another owner of sockets came or went, or
   * that pass could do nothing a minute ago.
   */
  boolean beat() {
    if (left.isEmpty()) {
      return nanoTime.getAsLong() - lastFullPass > ANOTHER_TRY.toNanos();
    }
    try {
      return !heartbeat.beat().equals(left.get().switched()) || owners.haveChanged();
    } catch (DatapathException e) {
      return true; // it says why
    }
  }

  /** A pass failed: the next one reads the kernel, and has more to do. */
  void failed(String why) {
    left = Optional.empty();
    if (!degraded) {
      events.tell(NodeEvents.Reason.AccelerationDegraded, why);
    }
    degraded = true;
    publish(state.decisions(), Optional.of(why), state.status());
  }

  /** Carries a change out, and keeps what the kernel has then. */
  private void change(
      SelectionChange change, Map<Prefix, Selection> selection, Map<Prefix, Integer> marks) {
    Set<Prefix> deselected = change.deselected();
    Map<Prefix, Integer> sentBack = change.sentBack();
    Set<Prefix> selected = change.selected();
    if (!deselected.isEmpty()) {
      datapath.deselect(deselected);
      datapath.forget(deselected);
      selection.keySet().removeAll(deselected);
    }
    if (!sentBack.isEmpty()) {
      datapath.sendBack(sentBack);
      marks.putAll(sentBack);
      LOG.info("flows sent back addresses={}", sentBack.size());
    }
    if (!selected.isEmpty()) {
      datapath.select(selected, Selection.SELECTED);
      selected.forEach(prefix -> selection.put(prefix, Selection.SELECTED));
    }
    if (!deselected.isEmpty() || !selected.isEmpty()) {
      LOG.info(
          "selection changed added={} removed={} selected={}",
          selected.size(),
          deselected.size(),
          selection.size());
    }
  }

  private void turn(Plan.Switching switching) {
    if (switching.state() == State.ENABLED) {
      datapath.enable(switching.by());
    } else {
      datapath.disable(switching.by());
    }
    switching.notice().ifPresent(this::tell);
  }

  private void warn(List<String> warnings) {
    if (!warnings.isEmpty() && !degraded) {
      String first = warnings.get(0);
      tell(
          new Notice(
              NodeEvents.Reason.AccelerationDegraded,
              first,
              Optional.of("degraded reason=\"" + first + "\"")));
    }
    degraded = !warnings.isEmpty();
  }

  private void tell(Notice notice) {
    if (notice.reason().isWarning()) {
      notice.log().ifPresent(LOG::warn);
    } else {
      notice.log().ifPresent(LOG::info);
    }
    events.tell(notice.reason(), notice.message());
  }

  private void publish(List<PodDecision> decisions, Optional<String> obstacle, Status status) {
    AgentState before = state;
    if (!before.obstacle().equals(obstacle)) {
      LOG.info(
          obstacle.isEmpty() ? "ready pods={} {}" : "not ready pods={} reason=\"{}\"",
          decisions.size(),
          obstacle.orElse(""));
    }
    DecisionLog.log(before.decisions(), decisions);
    Admission admission = memory.admission().orElseGet(Admission::unchecked);
    state = new AgentState(decisions, obstacle, admission, status);
  }
}
