package io.podwire.cli;

import io.podwire.datapath.Prefix;
import io.podwire.datapath.Selection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The JSON form of a selection; {@code docs/accelctl.md} has its schema. */
record SelectionDocument(List<Entry> selection) {

  /** A prefix, and what is said of it. */
  record Entry(String prefix, String state) {}

  static SelectionDocument of(Map<Prefix, Selection> selection) {
    return new SelectionDocument(
        selection.entrySet().stream()
            .map(entry -> new Entry(entry.getKey().toString(), name(entry.getValue())))
            .toList());
  }

  /** As {@code accelctl} prints it. */
  static String name(Selection says) {
    return says.name().toLowerCase(Locale.ROOT);
  }
}
