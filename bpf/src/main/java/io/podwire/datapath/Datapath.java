package io.podwire.datapath;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The acceleration of one node, as an operator and the agent control it.
 *
 * <p>All state lives in the kernel, pinned; an instance is a handle and holds no truth of its own.
 * Any number of processes may work on the same datapath: calls that change something are serialized
 * between processes. {@link #close()} releases the file descriptors of this process and changes
 * nothing else.
 *
 * <p>Methods throw {@link DatapathException} when the datapath refuses, and {@link
 * io.podwire.bpf.BpfException} when the kernel does; the messages of both are one line, for
 * operators.
 */
public interface Datapath extends AutoCloseable {

  /** What there is now; never loads or changes anything. */
  Status status();

  /**
   * How full the maps are that can be, by their names; none where nothing is loaded. Walks them,
   * which takes milliseconds where they are full.
   */
  Map<String, Occupancy> maps();

  /**
   * Changes nothing where this process can run a datapath on this machine.
   *
   * @throws DatapathException naming the first thing that is missing
   */
  void require();

  /** Every flow as it is now; none where nothing is loaded. */
  List<Flow> flows();

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

  /**
   * Loads, pins and attaches where absent, and repairs what an interrupted load or unload left
   * behind, without letting anything join: for selecting before enabling. Connections join this
   * build from now on, and that of before drains.
   */
  void load();

  /**
   * Has connections of selected pods join that are open already, and those that went back to TCP.
   * Flows of other builds, which let nothing join any more, go back to TCP first, and join this one
   * with the others; builds without flows are removed. Some connections are busy just when they are
   * looked at, so it looks again until all joined that may, or the time is over.
   *
   * @param proc as {@code /proc}, of the processes in whose network namespaces to look
   * @throws DatapathException where this kernel or this process cannot
   */
  Adoption adopt(Duration timeout, Path proc);

  /** The same, of the processes that this one sees. */
  default Adoption adopt(Duration timeout) {
    return adopt(timeout, Path.of("/proc"));
  }

  /** Signs of whether there is something to adopt, for whoever asks again and again. */
  AdoptionSigns.Reader signs();

  /**
   * Changes nothing where this process can have open connections join on this machine.
   *
   * @throws DatapathException saying why it cannot
   */
  void requireAdoption();

  /** Removes the builds that were loaded before and have no flow left; loads nothing. */
  void removeDrained();

  /**
   * Looks at the flows that are on their way back to TCP, and takes those out that can go. A kernel
   * with BPF timers (5.15) does so by itself; on an older one somebody has to, again and again:
   * {@link Janitor}.
   *
   * @return whether it is worth while to look again soon
   */
  boolean runJanitor();

  /** No new connection joins; flows that joined go on until they close. */
  void disable(Authority by);

  /** The same, as an operator on the node. */
  default void disable() {
    disable(Authority.LOCAL);
  }

  /** Forgets who switched it; what may join stays as it is until the agent decides. */
  void leaveToAgent();

  /**
   * No new connection joins, and every flow goes back to TCP at its next message, losing nothing.
   */
  void disableNow();

  /**
   * Changes settings; flows see them at their next message. {@code maxFlows} is fixed while the
   * datapath is loaded. Loads first, as {@link #load()} does.
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
   */
  void select(Collection<Prefix> prefixes, Selection selection);

  /** Removes prefixes from the selection; those not in it are ignored. */
  void deselect(Collection<Prefix> prefixes);

  /** The selection, exactly as the kernel has it. */
  Map<Prefix, Selection> selection();

  /**
   * Sends the flows that these pod addresses have back to TCP, each at its next message and losing
   * nothing; connections that are opened after this may join. Flows of an older generation, which
   * drains, go back whatever their addresses.
   *
   * @param marks for each address a number of the caller's, which is kept with it: see {@link
   *     #policyMarks()}
   */
  void sendBack(Map<Prefix, Integer> marks);

  /** The addresses whose flows were sent back since the load, with the number that was given last. */
  Map<Prefix, Integer> policyMarks();

  /**
   * Forgets every client, listener and container that was seen to need what a joined socket cannot
   * keep: their next connections may join.
   *
   * @return how many entries there were
   */
  int forget();

  /** The same of the clients and listeners with this address. */
  int forget(Prefix address);

  /** The same of the container with this cgroup id. */
  int forget(long cgroupId);

  /**
   * Replaces the node's own addresses: the ones that masqueraded connections of local pods come
   * from.
   */
  void nodeAddresses(Collection<InetAddress> addresses);

  /**
   * From now on new connections join only for {@code timeToLive} after the last call: a dead agent
   * knows no new pods. {@link Duration#ZERO} ends the watch.
   *
   * @return how the datapath is switched
   */
  Switch heartbeat(Duration timeToLive);

  /**
   * Drains and removes everything: no new joins, every flow back to TCP, and when none is left the
   * programs, maps and pins go. Does nothing where nothing is loaded.
   *
   * @param timeout how long to wait for the flows; past it the datapath stays, drained as far as it
   *     came
   * @param force remove it at the timeout with the flows that are left; bytes still queued in those
   *     are lost
   * @return the number of flows that were cut off, 0 unless forced
   */
  int unload(Duration timeout, boolean force);

  @Override
  void close();
}
