package io.podwire.datapath;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What can be read of the acceleration of one node. None of these methods loads or changes anything
 * in the kernel, and none of them waits for a lock.
 *
 * <p>All state lives in the kernel, pinned; an instance is a handle and holds no truth of its own.
 * {@link #close()} releases the file descriptors of this process and changes nothing else.
 *
 * <p>Methods throw {@link DatapathException} where the datapath refuses, and {@link
 * io.podwire.bpf.BpfException} where the kernel does; the messages of both are one line, for
 * operators.
 */
public interface DatapathView extends AutoCloseable {

  /** What there is now; {@link State#ABSENT} where nothing is loaded. */
  Status status();

  /**
   * Who else gives sockets of this kernel a program, as in {@link Status#owners()}, for a small
   * part of what a {@link #status} costs.
   */
  List<SocketOwner> owners();

  /**
   * How full the maps are that can be, by their names; none where nothing is loaded. Walks them,
   * which takes milliseconds where they are full.
   */
  Map<String, Occupancy> maps();

  /**
   * Bytes of kernel memory that each map takes, by its name, as the kernel says: before Linux 6.4
   * what it could take. None where nothing is loaded.
   */
  Map<String, Long> mapMemory();

  /** Every flow as it is now; none where nothing is loaded. */
  List<Flow> flows();

  /** The flows of one build as they are now; none where it is gone. */
  List<Flow> flows(Build build);

  /**
   * What was redirected so far, for a small part of what a {@link #status} costs; empty where
   * nothing is loaded that this process can read.
   */
  Optional<Redirected> redirected();

  /**
   * Each open end that would have joined while the node only {@linkplain Settings#observes
   * observed}; none where nothing is loaded.
   */
  List<Observation> observed();

  /**
   * Why connections did not join, or went back to TCP: the last reason of each client and listener,
   * of some thousands, 8,192 at most, that had one last. None where nothing is loaded.
   */
  List<Reason> reasons();

  /**
   * The clients and listeners that were seen to need what a joined socket cannot keep, and what
   * that was, the last time; their new connections do not join. None where nothing is loaded.
   */
  List<Reason> incompatibleParties();

  /** The selection, exactly as the kernel has it; none where nothing is loaded. */
  Map<Prefix, Selection> selection();

  /**
   * The addresses whose flows were sent back since the load ({@link Datapath#sendBack}), each with
   * the number that was given last; none where nothing is loaded.
   */
  Map<Prefix, Integer> policyMarks();

  /**
   * Signs of whether there is something to adopt, for whoever asks again and again.
   *
   * @return a reader, which the caller closes
   */
  AdoptionSigns.Reader signs();

  /**
   * Does nothing where this process can run a datapath on this machine.
   *
   * @throws DatapathException naming the first thing that is missing
   */
  void require();

  /**
   * Does nothing where this process can have open connections join on this machine.
   *
   * @throws DatapathException saying why it cannot
   */
  void requireAdoption();

  /**
   * @throws DatapathException where an adoption may do harm: looking for open connections can free
   *     a connection request that is still in use on this kernel, as far as its release tells
   */
  void requireMendedIterator();

  @Override
  void close();
}
