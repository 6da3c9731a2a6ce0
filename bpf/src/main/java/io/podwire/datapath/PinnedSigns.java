package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.Errno;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the signs from pinned maps. To be cheap enough for once a second it keeps the maps open
 * while the same sets are attached.
 */
final class PinnedSigns implements AdoptionSigns.Reader {

  /** Of the time that it takes to walk the selection, until the next walk. */
  private static final long SELECTION_RESTS = 1000;

  private final Path pinDir;
  private final int number;
  private Map<Path, Object> attached = Map.of();
  private List<Generation> sets = List.of();
  private long selection;
  private long selectionDue;

  /**
   * @param number the generation of the sets that can be read
   */
  PinnedSigns(Path pinDir, int number) {
    this.pinDir = pinDir;
    this.number = number;
  }

  @Override
  public AdoptionSigns read() {
    openAnew();
    try {
      return sets.stream()
          .filter(set -> set.number() == number)
          .max(Generation.BY_TURN)
          .map(this::signs)
          .orElse(AdoptionSigns.ABSENT);
    } catch (BpfException e) {
      close(); // some set may be half gone
      if (e.errno() == Errno.ENOENT) {
        return AdoptionSigns.ABSENT;
      }
      throw e;
    }
  }

  /** If another set was attached since, or one is gone. */
  private void openAnew() {
    List<Generation> all = Generation.all(pinDir);
    Map<Path, Object> now = new HashMap<>();
    for (Generation set : all) {
      set.attachment().ifPresent(key -> now.put(set.directory(), key));
    }
    if (!now.equals(attached)) {
      close();
      attached = now;
      sets = all.stream().filter(set -> now.containsKey(set.directory())).toList();
    }
  }

  private AdoptionSigns signs(Generation current) {
    boolean drains = false;
    for (Generation set : sets) {
      drains |= set != current && set.hasFlows();
    }
    return new AdoptionSigns(
        current.state() == State.ENABLED,
        Optional.of(attached.get(current.directory())),
        current.epoch(),
        selection(current),
        current.sum(AdoptionSigns.RETURNABLE),
        drains);
  }

  /** Where it is large, it is looked at less often. */
  private long selection(Generation current) {
    long begin = System.nanoTime();
    if (begin - selectionDue >= 0) {
      selection = current.selectionHash();
      long end = System.nanoTime();
      selectionDue = end + SELECTION_RESTS * (end - begin);
    }
    return selection;
  }

  @Override
  public void close() {
    sets.forEach(Generation::close);
    sets = List.of();
    attached = Map.of();
    selectionDue = System.nanoTime();
  }
}
