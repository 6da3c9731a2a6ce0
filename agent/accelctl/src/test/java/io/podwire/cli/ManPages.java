package io.podwire.cli;

import io.podwire.datapath.KernelDatapath;
import java.io.File;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/** Writes the manual pages of accelctl and its verbs in AsciiDoc, for the build. */
public final class ManPages {

  private ManPages() {}

  /**
   * Writes a file for each page.
   *
   * @param args the directory to write to
   */
  public static void main(String[] args) throws Exception {
    CommandLine accelctl =
        Accelctl.over(
            KernelDatapath::at,
            progress -> {
              throw new IllegalStateException("pages need no check");
            });
    CommandSpec[] pages =
        Stream.concat(Stream.of(accelctl), accelctl.getSubcommands().values().stream())
            .map(CommandLine::getCommandSpec)
            .toArray(CommandSpec[]::new);
    int exit =
        ManPageGenerator.generateManPage(new File(args[0]), null, new boolean[0], true, pages);
    if (exit != 0) {
      throw new IllegalStateException("no manual pages: picocli says " + exit);
    }
  }
}
