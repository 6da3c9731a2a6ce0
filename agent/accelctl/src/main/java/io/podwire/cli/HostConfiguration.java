package io.podwire.cli;

import io.podwire.datapath.Datapath;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What a plain host restores when it boots: a file with one option of {@code enable} a line,
 * without its dashes, and the switch. podwire.conf(5) describes it.
 *
 * @param file for messages
 * @param lines without comments, in order
 */
record HostConfiguration(Path file, List<Line> lines) {

  /** Where {@code podwire.service} reads it. */
  static final String DEFAULT_FILE = "/etc/podwire/podwire.conf";

  /** The options of {@code enable} that a line can be. */
  static final Set<String> OPTIONS =
      Set.of(
          "accept",
          "address",
          "break-even",
          "cgroup",
          "cidr",
          "exclude",
          "gears",
          "max-backlog-bytes",
          "max-backlog-memory",
          "max-backlog-messages",
          "max-flows",
          "observe",
          "yield-to");

  private static final Set<String> REPEATABLE =
      Set.of("accept", "address", "cidr", "exclude", "yield-to");
  private static final String SWITCH = "switch";
  private static final String ACCEPT = "accept";

  /** An option, in which line of the file it stands, and its value. */
  record Line(int number, String option, String value) {

    boolean isSwitch() {
      return option.equals(SWITCH);
    }

    /** As {@code enable} takes it. */
    String argument() {
      return "--" + option + "=" + value.replaceAll("\\s*,\\s*", ",");
    }
  }

  /**
   * Reads a file whose values are still to be looked at.
   *
   * @throws HostConfigurationException where there is none, or naming the line that is wrong
   */
  static HostConfiguration read(Path file) {
    List<Line> lines = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    List<String> texts = texts(file).orElseThrow(() -> missing(file));
    for (int number = 1; number <= texts.size(); number++) {
      String text = texts.get(number - 1);
      if (!isComment(text)) {
        Line line = line(file, number, text);
        if (!REPEATABLE.contains(line.option()) && !seen.add(line.option())) {
          throw wrong(file, number, line.option() + " is there twice: remove one");
        }
        lines.add(line);
      }
    }
    return new HostConfiguration(file, List.copyOf(lines));
  }

  private static Line line(Path file, int number, String text) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw wrong(file, number, text.strip() + " has no value: write OPTION=VALUE");
    }
    Line line = new Line(number, option(text), text.substring(equals + 1).strip());
    if (!line.isSwitch() && !OPTIONS.contains(line.option())) {
      throw wrong(
          file,
          number,
          "there is no option "
              + line.option()
              + ": write switch, "
              + String.join(", ", new TreeSet<>(OPTIONS)));
    }
    if (line.isSwitch() && !Set.of("on", "off").contains(line.value())) {
      throw wrong(file, number, "switch is on or off, not " + line.value());
    }
    return line;
  }

  /** Whether connections are to join, as they are where the file does not say. */
  boolean isOn() {
    return lines.stream().filter(Line::isSwitch).allMatch(line -> line.value().equals("on"));
  }

  /** The lines that {@code enable} takes. */
  List<Line> options() {
    return lines.stream().filter(line -> !line.isSwitch()).toList();
  }

  /** What is wrong with a line, for whoever writes the file. */
  HostConfigurationException wrong(Line line, String why) {
    return wrong(file, line.number(), why);
  }

  private static HostConfigurationException wrong(Path file, int number, String why) {
    return new HostConfigurationException(file + ", line " + number + ": " + why);
  }

  /**
   * Writes what joins now, what was accepted now or before, and whom it yields to.
   *
   * @throws HostConfigurationException where it cannot be written
   */
  static void writeOn(
      Path file,
      Datapath datapath,
      Optional<Path> cgroup,
      Collection<String> accepted,
      Collection<String> yieldTo) {
    List<String> lines = new ArrayList<>();
    cgroup.ifPresent(directory -> lines.add("cgroup=" + directory.toAbsolutePath()));
    for (Map.Entry<Prefix, Selection> entry : new TreeMap<>(datapath.selection()).entrySet()) {
      Prefix prefix = entry.getKey();
      String selects = prefix.isAddress() ? "address" : "cidr";
      lines.add((entry.getValue() == Selection.EXCLUDED ? "exclude" : selects) + "=" + prefix);
    }
    settings(datapath.status().settings()).forEach(lines::add);
    Stream.concat(
            kept(file, ACCEPT::equals).stream().map(text -> text.substring(text.indexOf('=') + 1)),
            accepted.stream())
        .flatMap(names -> Stream.of(names.split(",")))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .distinct()
        .forEach(name -> lines.add(ACCEPT + "=" + name));
    yieldTo.forEach(name -> lines.add("yield-to=" + name));
    write(file, "on", lines);
  }

  /**
   * Writes that nothing is to join, and keeps the other lines.
   *
   * @throws HostConfigurationException where it cannot be written
   */
  static void writeOff(Path file) {
    write(file, "off", kept(file, option -> !option.equals(SWITCH)));
  }

  private static Stream<String> settings(Settings settings) {
    Settings usual = Settings.DEFAULT;
    return Stream.of(
            setting("max-backlog-bytes", settings.maxBacklogBytes(), usual.maxBacklogBytes()),
            setting(
                "max-backlog-messages", settings.maxBacklogMessages(), usual.maxBacklogMessages()),
            setting("max-backlog-memory", settings.maxBacklogMemory(), usual.maxBacklogMemory()),
            setting("max-flows", settings.maxFlows(), usual.maxFlows()),
            setting("break-even", settings.breakEvenMessages(), usual.breakEvenMessages()),
            setting("gears", settings.gears(), usual.gears()),
            setting("observe", settings.observes(), usual.observes()))
        .flatMap(Optional::stream);
  }

  private static Optional<String> setting(String option, Object value, Object usual) {
    return value.equals(usual) ? Optional.empty() : Optional.of(option + "=" + value);
  }

  private static List<String> kept(Path file, Predicate<String> options) {
    return texts(file).orElse(List.of()).stream()
        .filter(text -> !isComment(text) && options.test(option(text)))
        .toList();
  }

  private static boolean isComment(String text) {
    return text.isBlank() || text.strip().startsWith("#");
  }

  private static String option(String text) {
    return text.split("=", 2)[0].strip();
  }

  private static Optional<List<String>> texts(Path file) {
    try {
      return Optional.of(Files.readAllLines(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new HostConfigurationException("cannot read " + file + ": " + e.getMessage());
    }
  }

  private static HostConfigurationException missing(Path file) {
    return new HostConfigurationException(
        "there is no " + file + ": accelctl enable --persist writes it");
  }

  /** In place of the one before, also where the machine stops meanwhile. */
  private static void write(Path file, String state, List<String> lines) {
    String text =
        "# Written anew by accelctl enable --persist and disable --persist; see podwire.conf(5).\n"
            + Stream.concat(Stream.of(SWITCH + "=" + state), lines.stream())
                .map(line -> line + "\n")
                .reduce("", String::concat);
    Path whole = file.toAbsolutePath();
    Path fresh = whole.resolveSibling(whole.getFileName() + "." + ProcessHandle.current().pid());
    try {
      Files.createDirectories(whole.getParent());
      try (FileChannel channel =
          FileChannel.open(
              fresh,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
        Files.move(fresh, whole, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(fresh);
      }
    } catch (IOException e) {
      throw new HostConfigurationException(
          "done here, but not for the next boot: cannot write "
              + whole
              + " ("
              + e.getClass().getSimpleName()
              + "): write it where root can, by --persist=FILE");
    }
  }
}
