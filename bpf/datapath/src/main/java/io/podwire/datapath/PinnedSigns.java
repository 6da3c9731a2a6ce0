package io.podwire.datapath;

import io.podwire.bpf.BpfException;
import io.podwire.bpf.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the signs from pinned maps. To be cheap enough for once a second it keeps the maps open
 * while the same builds are attached, and asks the kernel for nothing twice.
 */
final class PinnedSigns implements AdoptionSigns.Reader {

  /** A walk of the selection rests for this many times the time that it took. */
  private static final long SELECTION_RESTS = 1000;

  /**
   * How old the time of a directory must be before it is believed: it is as coarse as a tick, so a
   * directory may change again at the time that it has.
   */
  private static final long BELIEVED_MILLIS = 1000;

  private static final FileTime NEVER = FileTime.fromMillis(0);

  private final PinDirectory directory;
  private FileTime listed = NEVER;
  private List<PinnedBuild> builds = List.of();
  private List<Optional<Object>> attachments = List.of();
  private long selection;
  private long selectionDue;

  PinnedSigns(PinDirectory directory) {
    this.directory = directory;
  }

  @Override
  public AdoptionSigns read() {
    try {
      if (isAnotherList() || !attachments().equals(attachments)) {
        openAnew();
      }
      return signs();
    } catch (BpfException e) {
      close(); // some build may be half gone
      if (e.errno() == Errno.ENOENT) {
        return AdoptionSigns.ABSENT;
      }
      throw e;
    }
  }

  /** Whether a build came or went, which changes its directory's time (bpf_dentry_finalize()). */
  private boolean isAnotherList() {
    FileTime now;
    try {
      now = Files.getLastModifiedTime(directory.path());
    } catch (IOException e) {
      now = NEVER;
    }
    boolean another = !now.equals(listed);
    boolean believed = System.currentTimeMillis() - now.toMillis() > BELIEVED_MILLIS;
    listed = believed ? now : NEVER;
    return another;
  }

  private List<Optional<Object>> attachments() {
    List<Optional<Object>> now = new ArrayList<>(builds.size());
    for (PinnedBuild build : builds) {
      now.add(build.pins().attachment());
    }
    return now;
  }

  private void openAnew() {
    builds.forEach(PinnedBuild::close);
    builds = directory.all();
    attachments = attachments();
    selectionDue = System.nanoTime();
  }

  private AdoptionSigns signs() {
    int current = -1;
    for (int i = 0; i < builds.size(); i++) {
      if (attachments.get(i).isPresent() && directory.canRead(builds.get(i))) {
        boolean later =
            current < 0 || PinnedBuild.BY_TURN.compare(builds.get(i), builds.get(current)) > 0;
        current = later ? i : current;
      }
    }
    if (current < 0) {
      return AdoptionSigns.ABSENT;
    }
    boolean drains = false;
    for (int i = 0; i < builds.size(); i++) {
      drains |= i != current && attachments.get(i).isPresent() && builds.get(i).flows().hasAny();
    }
    PinnedBuild loaded = builds.get(current);
    ByteBuffer settings = loaded.settings().entry();
    return new AdoptionSigns(
        settings.getInt(Layout.SETTINGS_STATE) == State.ENABLED.ordinal(),
        attachments.get(current),
        settings.getInt(Layout.SETTINGS_EPOCH),
        selection(loaded),
        loaded.counters().sum(AdoptionSigns.RETURNABLE),
        drains);
  }

  /** The hash of the selection; the longer a walk takes, the less often there is one. */
  private long selection(PinnedBuild current) {
    long begin = System.nanoTime();
    if (begin - selectionDue >= 0) {
      selection = current.selection().hash();
      long end = System.nanoTime();
      selectionDue = end + SELECTION_RESTS * (end - begin);
    }
    return selection;
  }

  @Override
  public void close() {
    builds.forEach(PinnedBuild::close);
    builds = List.of();
    attachments = List.of();
    listed = NEVER;
  }
}
