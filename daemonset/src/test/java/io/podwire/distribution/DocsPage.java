package io.podwire.distribution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The commands that pages of docs/ tell their readers to run, in the directory of the project. */
public final class DocsPage {

  private static final Pattern CONSOLE = Pattern.compile("(?s)```console\n(.*?)```");

  private DocsPage() {}

  /**
   * The commands of a page, without sudo, since tests run as root, and without comments.
   *
   * @param name of its file
   */
  public static List<String> commands(String name) {
    return CONSOLE.matcher(text(name)).results().flatMap(DocsPage::commands).toList();
  }

  /**
   * The commands of a way to install that install.md begins with.
   *
   * @param name that the way begins with
   */
  static List<String> way(String name) {
    String page = text("install.md");
    Matcher way =
        Pattern.compile("\\*\\*" + name + "\\*\\*, ")
            .matcher(page.substring(0, page.indexOf("\n## ")));
    if (!way.find()) {
      throw new IllegalStateException("docs/install.md does not begin with a way " + name);
    }
    Matcher console = CONSOLE.matcher(page);
    if (!console.find(way.end())) {
      throw new IllegalStateException("docs/install.md has no commands for the way " + name);
    }
    return commands(console.toMatchResult()).toList();
  }

  private static Stream<String> commands(MatchResult console) {
    return console
        .group(1)
        .lines()
        .filter(line -> line.startsWith("$ "))
        .map(line -> line.replaceFirst("^\\$ (sudo )?", "").replaceFirst(" +# .*$", ""));
  }

  private static String text(String name) {
    try {
      return Files.readString(Path.of("../docs").resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
