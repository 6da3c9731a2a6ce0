package io.podwire.check;

import io.podwire.datapath.Build;
import io.podwire.testbed.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The last check of this machine, kept in a file: it holds for the kernel release and the build of
 * the programs that it was made with.
 */
public final class KeptCheck {

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .build();

  private final Path file;
  private final Function<Progress, CheckReport> check;

  /**
   * @param directory for the file; created when needed
   * @param check makes a check
   */
  public KeptCheck(Path directory, Function<Progress, CheckReport> check) {
    this.file = directory.resolve("check.json");
    this.check = check;
  }

  /**
   * The check that was made on this kernel with these programs; made now, if there is none that
   * this version understands.
   *
   * @throws CheckException when it cannot be read, made or kept
   */
  public CheckReport latest(Progress progress) {
    return kept().orElseGet(() -> renew(progress));
  }

  /**
   * The check that was made on this kernel with these programs; empty where none is kept.
   *
   * @throws CheckException when it cannot be read
   */
  public Optional<CheckReport> kept() {
    return read().filter(KeptCheck::holds).filter(CheckReport::isUnderstood);
  }

  /** The file that it is kept in, whatever kernel it was made on. */
  public Path file() {
    return file;
  }

  /** The one place for what a check depends on. */
  private static boolean holds(CheckReport report) {
    return System.getProperty("os.version").equals(report.kernel())
        && report.generation() == Build.carried().generation()
        && Build.carried().sha256().equals(report.build());
  }

  /**
   * Makes a check, and keeps it.
   *
   * @throws CheckException when it cannot be made, or kept, which is tried before it is made
   */
  public CheckReport renew(Progress progress) {
    requireWritable();
    CheckReport report = make(progress);
    keep(report);
    return report;
  }

  /** Makes a check, and keeps nothing. */
  public CheckReport make(Progress progress) {
    return check.apply(progress);
  }

  /**
   * Changes nothing where a check could be kept: finds out before it takes up to a minute.
   *
   * @throws CheckException when it could not
   */
  public void requireWritable() {
    Path directory = file.toAbsolutePath().getParent();
    if (!OutputDirectory.canTake(directory)) {
      throw new CheckException(
          "cannot keep the check in "
              + directory
              + ", which is not writable: name another --state-dir");
    }
  }

  /**
   * Keeps a check in place of the one before.
   *
   * @throws CheckException when it cannot be written
   */
  public void keep(CheckReport report) {
    Path fresh = file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid());
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(fresh, json(report));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new CheckException(
          "cannot keep the check in " + file + ": " + e.getMessage() + ": name another --state-dir",
          e);
    }
  }

  private Optional<CheckReport> read() {
    try {
      return Optional.of(JSON.readValue(Files.readString(file), CheckReport.class));
    } catch (NoSuchFileException | JacksonException e) {
      return Optional.empty(); // never made, or by a version that wrote something else
    } catch (IOException e) {
      throw new CheckException(
          "cannot read " + file + " (" + e + "): remove it, or name another --state-dir", e);
    }
  }

  /** The document that {@code accelctl check -o json} prints. */
  public static String json(CheckReport report) {
    try {
      return JSON.writeValueAsString(report);
    } catch (JacksonException e) {
      throw new IllegalStateException("a report is a tree of records", e);
    }
  }
}
