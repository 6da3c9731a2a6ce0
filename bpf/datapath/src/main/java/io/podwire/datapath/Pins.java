package io.podwire.datapath;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pins of one build: where each map, program and link lies, in a directory named after the
 * {@link Build} below the pin directory. It opens nothing and holds nothing.
 */
final class Pins {

  /** A generation and, since generation 8, the first digits of the build. */
  private static final Pattern DIRECTORY =
      Pattern.compile("(\\d{1,9})(?:-([0-9a-f]{" + Build.DIGITS + "}))?");

  /** Maps that are read of older builds, too, and had another name before generation 11. */
  private static final Map<String, String> NAMES_BEFORE_11 =
      Map.of(LeavingTable.QUEUE, "departures", LentKeepaliveTable.LENT_KEEPALIVES, "watched");

  private final Path directory;
  private final Build build;

  /**
   * @param pinDir the pin directory, which holds the directories of all builds
   */
  Pins(Path pinDir, Build build) {
    this.directory = pinDir.resolve(build.toString());
    this.build = build;
  }

  /** Those in a directory; empty where its name is not that of a build. */
  static Optional<Pins> in(Path directory) {
    Matcher name = DIRECTORY.matcher(directory.getFileName().toString());
    if (!name.matches()) {
      return Optional.empty();
    }
    String digits = Optional.ofNullable(name.group(2)).orElse("");
    Build build = new Build(Integer.parseInt(name.group(1)), digits);
    return Optional.of(new Pins(directory.getParent(), build));
  }

  /**
   * Those of all builds in a pin directory, attached or not; none where there is no such directory.
   *
   * @throws DatapathException where the directory cannot be read
   */
  static List<Pins> all(Path pinDir) {
    List<Pins> all = new ArrayList<>();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(pinDir)) {
      for (Path directory : directories) {
        in(directory).ifPresent(all::add);
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (IOException e) {
      throw unreadable(pinDir, e);
    }
    return all;
  }

  Path directory() {
    return directory;
  }

  /** The pin directory, which the directory of this build lies in. */
  Path pinDir() {
    return directory.getParent();
  }

  /** The build that the directory is named after; of its hash the name has the first digits. */
  Build build() {
    return build;
  }

  Path map(String name) {
    return directory.resolve(
        build.generation() < 11 ? NAMES_BEFORE_11.getOrDefault(name, name) : name);
  }

  /**
   * @param function the name of the program's C function
   */
  Path program(String function) {
    return directory.resolve("program_" + function);
  }

  /**
   * The link of the sockops program. It is the last pin of a load and the first that an unload
   * removes: where it is, all others are.
   */
  Path link() {
    return directory.resolve("link");
  }

  Path link(Guard guard) {
    return directory.resolve("link_" + guard.program());
  }

  /** Identifies the load that attached the build; empty where it is not attached. */
  Optional<Object> attachment() {
    try {
      return Optional.of(Files.readAttributes(link(), BasicFileAttributes.class).fileKey());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
  }

  /** Whether there is such a pin. */
  static boolean exists(Path pin) {
    try {
      Files.readAttributes(pin, BasicFileAttributes.class);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw unreadable(pin, e);
    }
  }

  /** Makes the directory where it is missing. */
  void createDirectory() {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new DatapathException("cannot create " + directory + ": " + e.getMessage(), e);
    }
  }

  /** Removes a pin; does nothing where there is none. */
  static void remove(Path pin) {
    try {
      Files.deleteIfExists(pin);
    } catch (IOException e) {
      throw new DatapathException("cannot remove " + pin + ": " + e.getMessage(), e);
    }
  }

  /** Removes every pin and the directory. */
  void removeAll() {
    try (DirectoryStream<Path> pins = Files.newDirectoryStream(directory)) {
      for (Path pin : pins) {
        remove(pin);
      }
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw new DatapathException(
          "cannot remove the pins in " + directory + ": " + e.getMessage(), e);
    }
    remove(directory);
  }

  private static DatapathException unreadable(Path path, IOException e) {
    return e instanceof AccessDeniedException
        ? new DatapathException("cannot look into " + path + ": run as root (sudo)", e)
        : new DatapathException("cannot look into " + path + ": " + e.getMessage(), e);
  }
}
