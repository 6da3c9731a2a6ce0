package io.podwire.bpf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * Another owner of sockets, in this process: {@code enrol.bpf.c}, which takes each outgoing
 * connection when it is established. {@link #close()} takes it out of the kernel.
 */
public final class OtherOwner implements AutoCloseable {

  /** The kind of program that the sockets get. */
  public enum Kind {
    /** Of what they send. */
    SK_MSG("pass_messages", 7),
    /** Of what they receive. */
    SK_SKB("pass_received", 5);

    private final String program;
    private final int attachType;

    Kind(String program, int attachType) {
      this.program = program;
      this.attachType = attachType;
    }
  }

  /** What came of putting sockets into its map, in the order of {@code enum outcome}. */
  public enum Outcome {
    TAKEN,
    BUSY,
    FAILED
  }

  private static final String ENROLLED = "enrolled";
  private static final String OUTCOMES = "outcomes";

  private final Path pins;
  private final BpfObject object;
  private final BpfMap enrolled;
  private final BpfMap outcomes;
  private final BpfLink link;

  /**
   * Loads it and attaches it to the sockets of a cgroup.
   *
   * @param pins a directory on a bpffs, which does not exist yet
   */
  public OtherOwner(Kind kind, Path pins, Path cgroup) {
    this.pins = pins;
    try {
      Files.createDirectories(pins);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    object = BpfObject.open("/io/podwire/datapath/enrol");
    object.pinAt(ENROLLED, pins.resolve(ENROLLED));
    object.pinAt(OUTCOMES, pins.resolve(OUTCOMES));
    object.load();
    enrolled = BpfMap.open(pins.resolve(ENROLLED));
    outcomes = BpfMap.open(pins.resolve(OUTCOMES));
    Library library = Library.get();
    library.check(
        library.bpf.bpf_prog_attach(
            object.program(kind.program).fd(), enrolled.fd(), kind.attachType, 0),
        "attach",
        kind.program);
    link = BpfLink.attach(object.program("enrol_new"), BpfLink.Hook.SOCK_OPS, cgroup);
  }

  /** Takes the open connections of a network namespace, both ends. */
  public void sweep(Path namespace) {
    CompletableFuture<Void> swept = new CompletableFuture<>();
    // a thread of its own, since it does not come back
    new Thread(
            () -> {
              try (NetworkNamespace place = NetworkNamespace.open(namespace);
                  BpfIterator iterator = BpfIterator.attach(object.program("enrol_open"))) {
                place.enter();
                iterator.run();
                swept.complete(null);
              } catch (Throwable e) {
                swept.completeExceptionally(e);
              }
            })
        .start();
    swept.join();
  }

  /** Identifies its map. */
  public int map() {
    return enrolled.id();
  }

  /** How many sockets it has now. */
  public int sockets() {
    return enrolled.keys().size();
  }

  /** How often something came of it. */
  public long count(Outcome outcome) {
    return outcomes
        .lookup(outcomes.key().putInt(0, outcome.ordinal()))
        .map(value -> value.getLong(0))
        .orElse(0L);
  }

  @Override
  public void close() {
    link.close();
    enrolled.close();
    outcomes.close();
    object.close();
    try {
      Files.delete(pins.resolve(ENROLLED));
      Files.delete(pins.resolve(OUTCOMES));
      Files.delete(pins);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
