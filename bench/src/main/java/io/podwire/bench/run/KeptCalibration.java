package io.podwire.bench.run;

import io.podwire.bench.BenchException;
import io.podwire.datapath.MessageCost;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;

/**
 * The last calibration of this machine, kept in a file. It holds for the kernel release that it was
 * made on.
 */
public final class KeptCalibration {

  private static final String KERNEL = "kernel";
  private static final String PLAIN = "plain-ns";
  private static final String REDIRECTED = "redirected-ns";

  private final Path file;

  /**
   * @param directory for the file; created when needed
   */
  public KeptCalibration(Path directory) {
    this.file = directory.resolve("calibration.properties");
  }

  /** The file that it is kept in. */
  public Path file() {
    return file;
  }

  /** What was measured on this kernel; empty where nothing was, or it cannot be read. */
  public Optional<MessageCost> kept() {
    Properties kept = new Properties();
    try {
      kept.load(new StringReader(Files.readString(file)));
      return System.getProperty("os.version").equals(kept.getProperty(KERNEL))
          ? Optional.of(new MessageCost(nanos(kept, PLAIN), nanos(kept, REDIRECTED)))
          : Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty(); // an estimate is all that is lost
    }
  }

  private static double nanos(Properties kept, String name) {
    return Double.parseDouble(kept.getProperty(name, ""));
  }

  /**
   * Keeps it in place of the one before.
   *
   * @throws BenchException when it cannot be written
   */
  public void keep(MessageCost cost) {
    String text =
        String.format(
            Locale.ROOT,
            "# accelctl bench --calibrate: CPU time of a message%n%s=%s%n%s=%.0f%n%s=%.0f%n",
            KERNEL,
            System.getProperty("os.version"),
            PLAIN,
            cost.plainNanos(),
            REDIRECTED,
            cost.redirectedNanos());
    Path fresh = file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid());
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(fresh, text);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new BenchException(
          "cannot keep the calibration in "
              + file
              + ": "
              + e.getMessage()
              + ": name another --state-dir",
          e);
    }
  }
}
