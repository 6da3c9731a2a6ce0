package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the signs from pinned maps. To be cheap enough for once a second it keeps the maps open
 * while the same sets are attached, and asks the kernel for nothing twice.
 */
final class PinnedSigns implements AdoptionSigns.Reader {

  /** Of the time that it takes to walk the selection, until the next walk. */
  private static final long SELECTION_RESTS = 1000;

  /** A directory may change again at the time that it has, which is as coarse as a tick. */
  private static final long SETTLED_MILLIS = 1000;

  private static final FileTime NEVER = FileTime.fromMillis(0);

  private final Path pinDir;
  private final int number;
  private FileTime listed = NEVER;
  private List<Generation> sets = List.of();
  private List<Optional<Object>> attachments = List.of();
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
    try {
      if (isAnotherList() || !attachments().equals(attachments)) {
        openAnew();
      }
      return signs();
    } catch (BpfException e) {
      close(); // some set may be half gone
      if (e.errno() == Errno.ENOENT) {
        return AdoptionSigns.ABSENT;
      }
      throw e;
    }
  }

  /** Whether a set came or went, which changes its directory's time (bpf_dentry_finalize()). */
  private boolean isAnotherList() {
    FileTime now;
    try {
      now = Files.getLastModifiedTime(pinDir);
    } catch (IOException e) {
      now = NEVER;
    }
    boolean another = !now.equals(listed);
    boolean settled = System.currentTimeMillis() - now.toMillis() > SETTLED_MILLIS;
    listed = settled ? now : NEVER;
    return another;
  }

  private List<Optional<Object>> attachments() {
    List<Optional<Object>> now = new ArrayList<>(sets.size());
    for (Generation set : sets) {
      now.add(set.attachment());
    }
    return now;
  }

  private void openAnew() {
    sets.forEach(Generation::close);
    sets = Generation.all(pinDir);
    attachments = attachments();
    selectionDue = System.nanoTime();
  }

  private AdoptionSigns signs() {
    int current = -1;
    for (int i = 0; i < sets.size(); i++) {
      if (attachments.get(i).isPresent() && sets.get(i).number() == number) {
        boolean later =
            current < 0 || Generation.BY_TURN.compare(sets.get(i), sets.get(current)) > 0;
        current = later ? i : current;
      }
    }
    if (current < 0) {
      return AdoptionSigns.ABSENT;
    }
    boolean drains = false;
    for (int i = 0; i < sets.size(); i++) {
      drains |= i != current && attachments.get(i).isPresent() && sets.get(i).hasFlows();
    }
    Generation loaded = sets.get(current);
    ByteBuffer settings = loaded.settingsEntry();
    return new AdoptionSigns(
        settings.getInt(Layout.SETTINGS_STATE) == State.ENABLED.ordinal(),
        attachments.get(current),
        settings.getInt(Layout.SETTINGS_EPOCH),
        selection(loaded),
        loaded.sum(AdoptionSigns.RETURNABLE),
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
    attachments = List.of();
    listed = NEVER;
  }
}
