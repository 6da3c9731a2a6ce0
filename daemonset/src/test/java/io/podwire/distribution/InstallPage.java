package io.podwire.distribution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What docs/install.md begins with. */
final class InstallPage {

  private InstallPage() {}

  /**
   * The commands of a way to install, without sudo, since tests run as root, and without comments.
   *
   * @param name that the way begins with
   */
  static List<String> way(String name) {
    try {
      String page = Files.readString(Path.of("../docs/install.md"));
      String ways = page.substring(0, page.indexOf("\n## "));
      Matcher way =
          Pattern.compile("(?s)\\*\\*" + name + "\\*\\*, .*?```console\n(.*?)```").matcher(ways);
      if (!way.find()) {
        throw new IllegalStateException("docs/install.md does not begin with a way " + name);
      }
      return way.group(1)
          .lines()
          .map(line -> line.replaceFirst("^\\$ (sudo )?", "").replaceFirst(" +# .*$", ""))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
