package io.podwire.cli;

import io.podwire.datapath.Authority;
import io.podwire.datapath.Datapath;
import io.podwire.datapath.DatapathException;
import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import io.podwire.datapath.State;
import io.podwire.datapath.Status;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code accelctl selection}: the addresses and networks that are selected or excluded. */
@Command(
    name = "selection",
    description =
        "Lists what is selected and excluded, or removes from it; where an agent runs, it makes the selection anew at its next full pass.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class SelectionCommand implements Runnable {

  /** What to remove. */
  private static final class Removal {

    @Option(
        names = "--remove",
        paramLabel = "ADDRESS|CIDR",
        split = ",",
        converter = EntryConverter.class,
        required = true,
        description =
            "remove this entry, selected or excluded; repeatable, or separated by commas; connections that joined go on")
    private Set<Prefix> entries = new LinkedHashSet<>();

    @Option(names = "--remove-all", required = true, description = "remove every entry")
    private boolean all;
  }

  /** Reads whatever may be selected, also by a version that refused less. */
  private static final class EntryConverter implements ITypeConverter<Prefix> {

    @Override
    public Prefix convert(String text) {
      return PrefixConverter.parse(text);
    }
  }

  @Mixin private final DatapathOptions where;
  @Mixin private final AnswerOptions answer = new AnswerOptions();

  @ArgGroup private Removal removal;

  SelectionCommand(DatapathOpener opener) {
    where = new DatapathOptions(opener);
  }

  @Override
  public void run() {
    try (Datapath datapath = where.open()) {
      Status status = datapath.status();
      if (removal != null && status.state() != State.ABSENT) {
        remove(datapath);
      }
      Map<Prefix, Selection> selection = new TreeMap<>(datapath.selection());
      if (answer.isJson()) {
        JsonAnswer.print(SelectionDocument.of(selection), answer.out());
      } else {
        print(selection, status);
      }
    }
  }

  /** Removes all entries that are named, or none. */
  private void remove(Datapath datapath) {
    Collection<Prefix> present = datapath.selection().keySet();
    Set<Prefix> unknown = new LinkedHashSet<>(removal.entries);
    unknown.removeAll(present);
    if (!unknown.isEmpty()) {
      throw new DatapathException(
          unknown.iterator().next()
              + " is not in the selection, so nothing was removed: accelctl selection lists it");
    }
    Collection<Prefix> entries = removal.all ? present : removal.entries;
    if (!entries.isEmpty()) {
      datapath.deselect(entries);
    }
  }

  private void print(Map<Prefix, Selection> selection, Status status) {
    PrintWriter out = answer.out();
    if (status.state() == State.ABSENT) {
      out.println("nothing is loaded at " + where.pinDir());
      return;
    }
    selection.forEach(
        (prefix, says) -> out.printf("%-43s %s%n", prefix, SelectionDocument.name(says)));
    int selected = Collections.frequency(selection.values(), Selection.SELECTED);
    out.println(
        Wording.count(selected, "prefix", "prefixes")
            + " selected, "
            + (selection.size() - selected)
            + " excluded"
            + (isAgents(status) ? "; the agent decides, see accelctl pods" : ""));
  }

  private static boolean isAgents(Status status) {
    return status.authority() == Authority.AGENT || status.authority() == Authority.NODE;
  }
}
