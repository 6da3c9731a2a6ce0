package io.podwire.sysdump;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.podwire.agent.ApiFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A {@code .tar.gz} that is written part by part, by any number of threads. What cannot be had is a
 * line of its {@code errors.txt}. Who makes it closes it, which ends the archive.
 */
public final class Archive implements AutoCloseable {

  private static final String ERRORS = "errors.txt";

  private final OutputStream out;
  private final String directory;
  private final long seconds = Instant.now().getEpochSecond();
  private final List<String> errors = new ArrayList<>();
  private int files;

  /** Bytes of a file that a node may send. */
  private static final long MOST_OF_A_NODE = 64 << 20;

  /** A part of the archive. */
  @FunctionalInterface
  public interface Part {

    /**
     * Gets its text.
     *
     * @throws IOException where it cannot be had, which costs the archive this part alone; so does
     *     any exception that is not checked
     */
    String text() throws IOException;
  }

  /**
   * Begins an archive.
   *
   * @param out where it goes, which this closes
   * @param directory that all its files are in
   * @throws SysdumpException where it cannot be written
   */
  public Archive(OutputStream out, String directory) {
    this.directory = directory;
    try {
      this.out = new GZIPOutputStream(out);
    } catch (IOException e) {
      throw cannotWrite(e);
    }
  }

  /**
   * Adds a file, where it can be had.
   *
   * @throws SysdumpException where it cannot be written
   */
  public void add(String name, Part part) {
    byte[] text;
    try {
      text = part.text().getBytes(StandardCharsets.UTF_8);
    } catch (KubernetesClientException e) {
      lacks(name, ApiFailure.why(e));
      return;
    } catch (IOException e) {
      lacks(name, FileFailure.where(e));
      return;
    } catch (UncheckedIOException e) { // of a stream of lines
      lacks(name, FileFailure.where(e.getCause()));
      return;
    } catch (RuntimeException e) {
      lacks(name, ours(e) ? e.getMessage() : e.toString());
      return;
    }
    write(name, text);
  }

  /** Messages of our own exceptions are for operators. */
  private static boolean ours(RuntimeException failure) {
    return failure.getClass().getPackageName().startsWith("io.podwire.");
  }

  /**
   * Adds the files of another archive, in a directory; what that lacks this lacks.
   *
   * @param other what an archive wrote
   * @throws SysdumpException where it cannot be written
   */
  public synchronized void addAll(String subdirectory, InputStream other) {
    try (InputStream tar = new GZIPInputStream(other)) {
      Optional<TarHeader> header = TarHeader.parse(tar.readNBytes(TarHeader.BLOCK));
      while (header.isPresent()) {
        TarHeader file = header.get();
        if (file.size() < 0 || file.size() > MOST_OF_A_NODE) {
          throw new IOException(file.name() + " has " + file.size() + " bytes");
        }
        byte[] content = tar.readNBytes((int) file.size());
        tar.skipNBytes(file.padding());
        addOf(subdirectory, file.name().substring(file.name().indexOf('/') + 1), content);
        header = TarHeader.parse(tar.readNBytes(TarHeader.BLOCK));
      }
    } catch (IOException | IllegalArgumentException e) { // the node may write what it likes
      lacks(subdirectory, "its archive is no whole one: " + e.getMessage());
    }
  }

  private void addOf(String subdirectory, String name, byte[] content) {
    if (!name.matches("([\\w.-]*\\w/)*[\\w.-]*\\w")) {
      lacks(subdirectory, "a file is named " + name);
    } else if (name.equals(ERRORS)) {
      String lines = new String(content, StandardCharsets.UTF_8);
      lines.lines().forEach(line -> errors.add(subdirectory + "/" + line));
    } else {
      write(subdirectory + "/" + name, content);
    }
  }

  /** Notes that a part is not there. */
  public synchronized void lacks(String name, String why) {
    errors.add(name + ": " + why.strip().replaceAll("\\s*\\R\\s*", " "));
  }

  private synchronized void write(String name, byte[] content) {
    TarHeader header = new TarHeader(directory + "/" + name, content.length);
    byte[] block;
    try {
      block = header.block(seconds);
    } catch (IllegalArgumentException e) {
      lacks(name, e.getMessage());
      return;
    }
    try {
      out.write(block);
      out.write(content);
      out.write(new byte[header.padding()]);
      files++;
    } catch (IOException e) {
      throw cannotWrite(e);
    }
  }

  /** How many files it has. */
  public synchronized int files() {
    return files;
  }

  /** The lines of {@code errors.txt}. */
  public synchronized List<String> errors() {
    return List.copyOf(errors);
  }

  @Override
  public synchronized void close() {
    if (!errors.isEmpty()) {
      write(ERRORS, (String.join("\n", errors) + "\n").getBytes(StandardCharsets.UTF_8));
    }
    try {
      out.write(new byte[2 * TarHeader.BLOCK]);
      out.close();
    } catch (IOException e) {
      throw cannotWrite(e);
    }
  }

  private static SysdumpException cannotWrite(IOException e) {
    return new SysdumpException("cannot write the archive: " + e.getMessage(), e);
  }
}
