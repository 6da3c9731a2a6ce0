package io.podwire.agent;

import io.podwire.datapath.Authority;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/**
 * What a full pass is to do. It follows from what the pass read and from nothing else, so what an
 * agent would do can be asked without doing it; {@link Reconciler} carries it out.
 *
 * @param memory for the passes after this, also if something below fails
 * @param notices to be told first
 * @param step the rest
 */
record Plan(PassMemory memory, List<Notice> notices, Step step) {

  /** What is to be done after the notices. */
  sealed interface Step permits Stand, Load, Follow {}

  /**
   * Nothing may be loaded, selected or switched on now.
   *
   * @param obstacle why
   * @param disables the datapath runs, and must not
   * @param news to be told where the pass before came to another obstacle
   */
  record Stand(String obstacle, boolean disables, Optional<Notice> news) implements Step {}

  /** The programs are to be loaded. That makes another world, which needs another plan. */
  record Load() implements Step {}

  /**
   * The datapath is to be made what the cluster says.
   *
   * @param removesDrained there are builds before this one, which may have no flow left
   * @param reconfigures a limit is not what the agent was told
   * @param selection what changes of the selection
   * @param switching how the datapath is to be switched; empty where it is so
   */
  record Follow(
      boolean removesDrained,
      boolean reconfigures,
      SelectionChange selection,
      Optional<Switching> switching)
      implements Step {}

  /**
   * How the datapath is to be switched.
   *
   * @param state enabled or disabled
   * @param by who says so
   * @param notice to be told once it is so; empty where nothing changes but who says so
   */
  record Switching(State state, Authority by, Optional<Notice> notice) {}

  /** What is to be done about a world. */
  static Plan of(AgentConfiguration configuration, PassMemory before, World world) {
    Status status = world.status();
    if (status.state() == State.DRAINING) {
      return stand(before.loaded(), "an unload drains the datapath");
    }
    if (status.another().isPresent() && before.loadedBefore()) {
      return stand(
          before,
          "another build of the programs was loaded since ("
              + status.another().get()
              + "): a restart of this agent, or accelctl enable of its build, takes the node back");
    }
    if (status.state() == State.ABSENT && before.loadedBefore()) {
      return stand(
          before,
          "the datapath was unloaded: accelctl enable on the node or a restart of the agent loads"
              + " it");
    }
    if (before.admission().isEmpty()) {
      return stand(before, "the kernel is being checked");
    }
    return heeding(before.admission().get(), configuration, before, world);
  }

  private static Plan stand(PassMemory memory, String obstacle) {
    return new Plan(memory, List.of(), new Stand(obstacle, false, Optional.empty()));
  }

  private static Plan heeding(
      Admission admission, AgentConfiguration configuration, PassMemory before, World world) {
    Status status = world.status();
    boolean goesOn = !admission.known() && (before.goesOn() || wasLetRun(status));
    PassMemory memory = before.heeded(goesOn);
    List<Notice> notices =
        admission.refusal().filter(why -> before.toTell()).stream()
            .map(why -> goesOn ? unchecked(why) : refused(why))
            .toList();
    Optional<Stand> stand =
        refusal(admission, status)
            .filter(refusal -> !goesOn)
            .or(() -> lack(admission, status))
            .or(() -> unknown(world.view()));
    if (stand.isPresent()) {
      return new Plan(memory, notices, stand.get());
    }
    if (status.state() == State.ABSENT || status.another().isPresent()) {
      boolean byHand = status.state() == State.ENABLED && status.authority() == Authority.LOCAL;
      return new Plan(memory.takingOver(byHand), notices, new Load());
    }
    return new Plan(memory.loaded(), notices, follow(configuration, memory.byHand(), world));
  }

  private static Follow follow(AgentConfiguration configuration, boolean byHand, World world) {
    Status status = world.status();
    return new Follow(
        // They are removed without a load, since a build without flows may be one that another
        // process is loading. A load removes them itself.
        !world.loaded() && !status.draining().isEmpty(),
        !configuration.told(status.settings(), status.authority()).equals(status.settings()),
        SelectionChange.of(
            world.decisions(), world.view().policies(), world.selection(), world.marks()),
        switching(world.view().node(), byHand, status, configuration.selectionMode()));
  }

  private static Optional<Stand> refusal(Admission admission, Status status) {
    return admission
        .refusal()
        .map(why -> new Stand(AgentState.REFUSED + why, runs(status), Optional.empty()));
  }

  /** Where what is loaded is not what the check saw, nothing joins it. */
  private static Optional<Stand> lack(Admission admission, Status status) {
    SortedSet<String> lacking = admission.lackedBy(status);
    if (status.state() == State.ABSENT || status.another().isPresent() || lacking.isEmpty()) {
      return Optional.empty();
    }
    String why =
        AgentState.REFUSED
            + "the programs that are loaded lack protections of this kernel's check: "
            + String.join(", ", lacking)
            + ": unload them on the node and restart the agent, or add to PODWIRE_ACCEPT: "
            + String.join(",", lacking);
    return Optional.of(
        new Stand(
            why,
            runs(status),
            Optional.of(new Notice(NodeEvents.Reason.AccelerationRefused, why, Optional.empty()))));
  }

  private static Optional<Stand> unknown(ClusterView view) {
    return view.whyUnknown().map(why -> new Stand(why, false, Optional.empty()));
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

  /**
   * Off is off, whoever says so: an operator's switch on the node is never overridden by the agent,
   * nor the Node's annotation by the agent's own default.
   *
   * @param byHand an operator had switched the build before on, and nobody this one
   */
  private static Optional<Switching> switching(
      Optional<AccelerationAnnotation> node, boolean byHand, Status status, SelectionMode mode) {
    boolean enabled = byHand || status.state() == State.ENABLED;
    Authority now = byHand ? Authority.LOCAL : status.authority();
    boolean local = now == Authority.LOCAL;
    if (node.equals(Optional.of(AccelerationAnnotation.DISABLED))) {
      return enabled || (!local && now != Authority.NODE)
          ? Optional.of(
              new Switching(
                  State.DISABLED,
                  Authority.NODE,
                  Optional.of(disabled("disabled by the Node's annotation"))))
          : Optional.empty();
    }
    if (local) {
      return byHand
          ? Optional.of(new Switching(State.ENABLED, Authority.LOCAL, Optional.empty()))
          : Optional.empty();
    }
    Authority authority = node.isPresent() ? Authority.NODE : Authority.AGENT;
    if (enabled && now == authority) {
      return Optional.empty();
    }
    String who =
        "enabled by "
            + (node.isPresent() ? "the Node's annotation" : "the agent")
            + (mode == SelectionMode.OBSERVE ? ", to observe only" : "");
    return Optional.of(
        new Switching(
            State.ENABLED,
            authority,
            enabled ? Optional.empty() : Optional.of(enabled(who, status))));
  }

  private static Notice unchecked(String why) {
    return new Notice(
        NodeEvents.Reason.AccelerationDegraded,
        AgentState.UNCHECKED + why,
        Optional.of("going on unchecked reason=\"" + why + "\""));
  }

  private static Notice refused(String why) {
    return new Notice(
        NodeEvents.Reason.AccelerationRefused,
        why,
        Optional.of("acceleration refused reason=\"" + why + "\""));
  }

  private static Notice enabled(String how, Status status) {
    return switched(
        NodeEvents.Reason.AccelerationEnabled, how, "; " + AgentState.protections(status));
  }

  private static Notice disabled(String how) {
    return switched(NodeEvents.Reason.AccelerationDisabled, how, "");
  }

  private static Notice switched(NodeEvents.Reason reason, String how, String more) {
    return new Notice(
        reason,
        "acceleration of same-node pod traffic " + how + more,
        Optional.of("acceleration " + how));
  }
}
