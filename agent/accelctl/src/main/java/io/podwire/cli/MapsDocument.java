package io.podwire.cli;

import io.podwire.datapath.DatapathView;
import io.podwire.datapath.Occupancy;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The JSON form of what the datapath's maps hold and take. */
record MapsDocument(List<Entry> maps) {

  /** A map; the numbers of entries are null where nothing can fill it. */
  record Entry(String name, Integer entries, Integer maxEntries, long memoryBytes) {}

  static MapsDocument of(DatapathView datapath) {
    Map<String, Occupancy> occupancy = datapath.maps();
    return new MapsDocument(
        datapath.mapMemory().entrySet().stream()
            .map(
                map ->
                    entry(
                        map.getKey(),
                        Optional.ofNullable(occupancy.get(map.getKey())),
                        map.getValue()))
            .toList());
  }

  private static Entry entry(String name, Optional<Occupancy> occupancy, long bytes) {
    return new Entry(
        name,
        occupancy.map(Occupancy::entries).orElse(null),
        occupancy.map(Occupancy::maxEntries).orElse(null),
        bytes);
  }
}
