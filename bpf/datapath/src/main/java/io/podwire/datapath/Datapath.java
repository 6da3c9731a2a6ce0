package io.podwire.datapath;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The acceleration of one node, as an operator and the agent control it.
 *
 * <p>Any number of processes may work on the same datapath: calls that change something are
 * serialized between processes, each by itself: several calls are no transaction. Who wants nothing
 * to join before all is said calls {@link #apply}.
 *
 * <p>Calls that change something refuse where nothing is loaded, unless they say otherwise.
 */
public interface Datapath extends DatapathView {

  /**
   * Loads, pins and attaches where absent, and repairs what an interrupted load or unload left
   * behind, without letting anything join: for selecting before enabling. Connections join this
   * build from now on, and that of before drains.
   *
   * @throws DatapathException where the machine lacks something, or the datapath is attached to
   *     another cgroup
   */
  void load();

  /**
   * Loads, pins and attaches where this build is absent, and changes nothing else: who may join
   * what stays as it is, and whoever loads this build later finds it there, unless another build
   * was loaded in between. For who has more rights than that.
   *
   * @param limits as of {@link #configure}; what is fixed by a load is taken from these
   * @throws DatapathException as {@link #load()}, and where an unload drains the datapath
   */
  void prepare(UnaryOperator<Settings> limits);

  /**
   * Loads, as {@link #load()} does, and does what a plan says. No other process changes anything
   * meanwhile, and what did not join before does not before all is done. Where the consent is
   * refused, nothing more is done, and what was loaded where nothing was is removed again.
   *
   * @throws DatapathException as {@link #load()}, {@link #configure} and {@link #select} do
   */
  void apply(EnablePlan plan);

  /**
   * Lets new connections between selected addresses join, as an operator on the node. Loads first,
   * as {@link #load()} does.
   */
  void enable();

  /**
   * Lets them join as somebody else, and loads nothing: between an agent's last look and this call
   * another process may have loaded another build, and the later load wins.
   *
   * @throws DatapathException where what this loads is not what connections join, or drains
   */
  void enable(Authority by);

  /** No new connection joins; flows that joined go on until they close. */
  void disable(Authority by);

  /** The same, as an operator on the node. */
  default void disable() {
    disable(Authority.LOCAL);
  }

  /**
   * No new connection joins, as an operator on the node wants, and every flow goes back to TCP at
   * its next message, losing nothing.
   */
  void disableNow();

  /** Forgets who switched it; what may join stays as it is until the agent decides. */
  void leaveToAgent();

  /**
   * Changes settings; flows see them at their next message. {@code maxFlows} is fixed while the
   * datapath is loaded. Loads first, as {@link #load()} does.
   *
   * @param change of the settings in force
   * @throws DatapathException where {@code maxFlows} would change while it is loaded
   */
  void configure(UnaryOperator<Settings> change);

  /**
   * The same without a load, for who must not take the node from others.
   *
   * @throws DatapathException where what this loads is not what connections join
   */
  void reconfigure(UnaryOperator<Settings> change);

  /**
   * Adds prefixes to the selection, or changes what they say; connections that exist are not
   * affected.
   *
   * @throws DatapathException where the selection is full
   */
  void select(Collection<Prefix> prefixes, Selection selection);

  /**
   * Removes prefixes from the selection; those not in it are ignored, and connections that exist
   * are not affected.
   */
  void deselect(Collection<Prefix> prefixes);

  /**
   * Replaces the node's own addresses: the ones that masqueraded connections of local pods come
   * from.
   */
  void nodeAddresses(Collection<InetAddress> addresses);

  /**
   * Sends the flows that these pod addresses have back to TCP, each at its next message and losing
   * nothing; connections that are opened after this may join. Flows of an older generation, which
   * drains, go back whatever their addresses.
   *
   * @param marks for each address a number of the caller's, which is kept with it: see {@link
   *     #policyMarks()}
   */
  void sendBack(Map<Prefix, Integer> marks);

  /**
   * Has connections of selected pods join that are open already, and those that went back to TCP.
   * Flows of other builds, which let nothing join any more, go back to TCP first, and join this one
   * with the others; builds without flows are removed. Some connections are busy just when they are
   * looked at, so it looks again until all joined that may, or the time is over.
   *
   * @param timeout for connections that are busy; zero looks once
   * @param proc as {@code /proc}, of the processes in whose network namespaces to look
   * @throws DatapathException where this kernel or this process cannot
   */
  Adoption adopt(Duration timeout, Path proc);

  /** The same, of the processes that this one sees. */
  default Adoption adopt(Duration timeout) {
    return adopt(timeout, Path.of("/proc"));
  }

  /**
   * Forgets every client, listener and container that was seen to need what a joined socket cannot
   * keep: their next connections may join.
   *
   * @return how many entries there were
   */
  int forget();

  /**
   * The same of the clients and listeners with these addresses, and that their flows were too short
   * to pay: who gets an address next is somebody else.
   *
   * @return how many of them were seen to need what a joined socket cannot keep
   */
  int forget(Collection<Prefix> addresses);

  /** The same of the container with this cgroup id. */
  int forget(long cgroupId);

  /**
   * From now on new connections join only for {@code timeToLive} after the last call: a dead agent
   * knows no new pods.
   *
   * @param timeToLive {@link Duration#ZERO} lets them join without a heartbeat
   * @return how the datapath is switched
   */
  Switch heartbeat(Duration timeToLive);

  /**
   * Looks at the flows that are on their way back to TCP, and takes those out that can go. A kernel
   * with BPF timers (5.15) does so by itself, and nothing happens; on an older one somebody has to,
   * again and again: {@link Janitor}. Does nothing where nothing is loaded.
   *
   * @return whether it is worth while to look again soon
   */
  boolean runJanitor();

  /**
   * Removes the builds that were loaded before and have no flow left; loads nothing, and leaves
   * what another process has {@linkplain #prepare prepared}. Does nothing where what this loads is
   * not what connections join.
   */
  void removeDrained();

  /**
   * Drains and removes everything: no new joins, every flow back to TCP, and when none is left the
   * programs, maps and pins go. Does nothing where nothing is loaded.
   *
   * @param timeout how long to wait for the flows; past it the datapath stays, drained as far as it
   *     came
   * @param force remove it at the timeout with the flows that are left; bytes still queued in those
   *     are lost
   * @return the number of flows that were cut off, 0 unless forced
   * @throws DatapathException where flows are left at the timeout and it is not forced, or another
   *     process switched the datapath meanwhile
   */
  int unload(Duration timeout, boolean force);
}
