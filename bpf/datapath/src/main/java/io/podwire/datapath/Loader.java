package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.BpfLink;
import io.podwire.bpf.BpfObject;
import io.podwire.bpf.BpfProgram;
import io.podwire.bpf.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Loads one build, pins it and attaches it to a cgroup. */
final class Loader {

  /**
   * Guards that the kernel forbids to this process: it is not asked again, which takes a tenth of a
   * second of CPU time a guard, and a check loads seven times.
   */
  private static final Set<Guard> FORBIDDEN = ConcurrentHashMap.newKeySet();

  /** What the verifier says of bpf_probe_read_kernel(), or of what libbpf puts in its place. */
  private static final String REFUSED_READ = "unknown func bpf_probe_read";

  private final PinnedBuild build;
  private final CompiledObjects objects;
  private final Path cgroup;

  /**
   * @param build what is to be loaded, which the caller closes
   * @param objects of that build
   * @param cgroup whose sockets may join
   */
  Loader(PinnedBuild build, CompiledObjects objects, Path cgroup) {
    this.build = build;
    this.objects = objects;
    this.cgroup = cgroup;
  }

  /**
   * Loads and attaches, letting nothing join: into the maps that an interrupted unload left with
   * flows, which keep their size, else into new ones.
   *
   * @param settings the limits to begin with
   * @throws DatapathException where the programs would not protect what they have to
   */
  void load(Settings settings) {
    build.pins().createDirectory();
    FlowTable flows = build.flows();
    int capacity = flows.isPinned() ? flows.capacity() : FlowTable.ENDS * settings.maxFlows();
    loadPrograms(capacity);
    findKernelFacts();
    attachVerdict();
    build.programs().runJanitor();
    build
        .settings()
        .write(
            settings.withMaxFlows(capacity / FlowTable.ENDS),
            State.DISABLED,
            build.settings().epoch() + 1);
    build.writeIdentity();
    attach();
  }

  /**
   * The guards with the others, so that a kernel that takes all of them is asked once. Where one is
   * refused, those that are attached to no cgroup are tried one by one, and all of them where that
   * does not do. The datapath does without: {@link PinnedPrograms#guards} has those that are
   * attached.
   */
  private void loadPrograms(int capacity) {
    List<Guard> guards =
        Guard.of(KernelRelease.running()).stream()
            .filter(guard -> !FORBIDDEN.contains(guard))
            .toList();
    if (tryToLoad(requiredAnd(guards), capacity) == 0) {
      return;
    }
    Map<Boolean, List<Guard>> ofCgroup =
        guards.stream().collect(Collectors.partitioningBy(guard -> guard.hook().isPresent()));
    if (tryToLoad(requiredAnd(ofCgroup.get(true)), capacity) == 0) {
      loadEach(ofCgroup.get(false), capacity);
    } else {
      loadRequired(capacity);
      loadEach(guards, capacity);
      if (tryToLoad(List.of(PinnedPrograms.LIST_SOCKET_MAPS), capacity) != 0) {
        Pins.remove(build.pins().program(PinnedPrograms.LIST_SOCKET_MAPS));
      }
    }
  }

  /** Before 6.2 the programs read by a helper that only lockdown takes away from them. */
  private void loadRequired(int capacity) {
    try {
      load(PinnedPrograms.REQUIRED, capacity);
    } catch (BpfException e) {
      if (e.log().contains(REFUSED_READ)) {
        throw Requirements.lockedDown(KernelRelease.running());
      }
      throw e;
    }
  }

  /** With the list of socket maps, which a kernel may refuse as it does a guard. */
  private static List<String> requiredAnd(List<Guard> guards) {
    return Stream.of(
            PinnedPrograms.REQUIRED.stream(),
            Stream.of(PinnedPrograms.LIST_SOCKET_MAPS),
            guards.stream().map(Guard::program))
        .flatMap(Function.identity())
        .toList();
  }

  private void loadEach(List<Guard> guards, int capacity) {
    for (Guard guard : guards) {
      int errno = tryToLoad(List.of(guard.program()), capacity);
      if (errno != 0) {
        Pins.remove(build.pins().program(guard.program()));
      }
      if (errno == Errno.EPERM) {
        FORBIDDEN.add(guard);
      }
    }
  }

  /** Zero, or the kernel's error where it refuses one of them. */
  private int tryToLoad(List<String> programs, int capacity) {
    try {
      load(programs, capacity);
      return 0;
    } catch (BpfException e) {
      if (e.errno() == 0) {
        throw e; // not of the kernel
      }
      return e.errno();
    }
  }

  private void load(List<String> programs, int capacity) {
    try (BpfObject object = objects.open(build.pins(), capacity)) {
      object.loadOnly(programs);
      object.load();
      programs.forEach(name -> object.program(name).pin(build.pins().program(name)));
    }
  }

  /** Tells the programs what they must know of the kernel before a socket joins. */
  private void findKernelFacts() {
    try (BpfProgram describe = build.programs().open(PinnedPrograms.DESCRIBE_WAITERS)) {
      build.kernelFacts().write(Waiters.learn(describe));
    } catch (DatapathException e) {
      if (!build.flows().hasAny()) {
        build.remove();
      }
      throw e;
    }
  }

  private void attachVerdict() {
    try (BpfProgram verdict = build.programs().open(PinnedPrograms.VERDICT)) {
      build.flows().attachVerdict(verdict);
    } catch (BpfException e) {
      if (e.errno() != Errno.EBUSY) {
        throw e;
      }
      throw new DatapathException(
          "another sk_msg program is attached to the sockhash: unload, then enable again", e);
    }
  }

  /** The sockops program comes last: with it sockets begin to join. */
  private void attach() {
    for (Guard guard : Guard.values()) {
      attach(guard);
    }
    build.kernelFacts().writeCountsBothQueues(build.programs().guards().contains(Guard.FIONREAD));
    try (BpfProgram sockops = build.programs().open(PinnedPrograms.SOCKOPS);
        BpfLink link = BpfLink.attach(sockops, BpfLink.Hook.SOCK_OPS, cgroup)) {
      link.pin(build.pins().link());
    }
  }

  /** Does nothing for a guard that was not loaded; removes one that the kernel does not attach. */
  private void attach(Guard guard) {
    if (!build.programs().isPinned(guard.program())) {
      return;
    }
    Pins pins = build.pins();
    try (BpfProgram program = build.programs().open(guard.program());
        BpfLink link =
            guard.hook().isPresent()
                ? BpfLink.attach(program, guard.hook().get(), cgroup)
                : BpfLink.attach(program)) {
      link.pin(pins.link(guard));
    } catch (BpfException e) {
      if (e.errno() == 0) {
        throw e; // not of the kernel
      }
      Pins.remove(pins.link(guard));
      Pins.remove(pins.program(guard.program()));
    }
  }

  /**
   * Attaches anew where the cgroup of the link was removed.
   *
   * @throws DatapathException where the link is on another cgroup
   */
  void requireAttached() {
    long attached = build.cgroupId();
    try {
      long wanted = (Long) Files.getAttribute(cgroup, "unix:ino");
      if (attached == 0) {
        attach();
      } else if (attached != wanted) {
        throw new DatapathException(
            "the datapath at "
                + build.pins().pinDir()
                + " is attached to another cgroup (id "
                + attached
                + ", "
                + cgroup
                + " has "
                + wanted
                + "): unload it first, or name another --pin-dir");
      }
    } catch (IOException e) {
      throw new DatapathException("cannot read cgroup " + cgroup + ": " + e.getMessage(), e);
    }
  }
}
