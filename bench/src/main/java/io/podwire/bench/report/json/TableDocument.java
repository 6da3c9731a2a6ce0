package io.podwire.bench.report.json;

import io.podwire.bench.model.Cell;
import io.podwire.bench.model.CellRound;
import io.podwire.bench.model.Column;
import io.podwire.bench.model.CpuUse;
import io.podwire.bench.model.Link;
import io.podwire.bench.model.Side;
import io.podwire.bench.model.Table;
import io.podwire.datapath.Counter;
import io.podwire.testbed.Family;
import io.podwire.testbed.Network;
import io.podwire.testbed.Placement;
import io.podwire.testbed.Target;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The table in {@code report.json}. */
record TableDocument(
    String cpus,
    boolean nullTest,
    int services,
    List<LinkDocument> links,
    List<WorkloadDocument> workloads,
    List<CellDocument> cells) {

  /** A row of the table. */
  record LinkDocument(String name, String title, Network network, Target target, Family family) {

    static LinkDocument of(Link link) {
      return new LinkDocument(
          link.toString(), link.title(), link.network(), link.target(), link.family());
    }
  }

  /** A column of the table; {@code placement} is null where it has that of the whole table. */
  record WorkloadDocument(
      String name,
      String title,
      String tool,
      String unit,
      String work,
      String joining,
      Placement placement) {

    static WorkloadDocument of(Column column) {
      return new WorkloadDocument(
          column.name(),
          column.title(),
          column.tool(),
          column.unit().symbol(),
          column.work().name().toLowerCase(Locale.ROOT),
          column.joining().name().toLowerCase(Locale.ROOT),
          column.placement().orElse(null));
    }
  }

  /** A cell: either why it was not measured, or everything else; the rest is null. */
  record CellDocument(
      String link,
      String workload,
      String obstacle,
      SideDocument off,
      SideDocument on,
      RatioDocument gain,
      List<RoundDocument> rounds) {

    static CellDocument of(Cell cell) {
      boolean measured = cell.isMeasured();
      return new CellDocument(
          cell.link().toString(),
          cell.workload().name(),
          cell.obstacle().orElse(null),
          measured ? SideDocument.of(cell, Side.OFF) : null,
          measured ? SideDocument.of(cell, Side.ON) : null,
          measured ? RatioDocument.of(cell.gain()) : null,
          measured ? cell.rounds().stream().map(RoundDocument::of).toList() : null);
    }
  }

  /** Medians of a side's rounds. */
  record SideDocument(double value, CpuUse cpuUsPerWork) {

    static SideDocument of(Cell cell, Side side) {
      return new SideDocument(cell.median(side), cell.cpu(side));
    }
  }

  /** One round of a cell; {@code oneWayUs} is null where the workload does not tell it. */
  record RoundDocument(
      int pair,
      Side side,
      double value,
      double work,
      long connections,
      long messages,
      PercentilesDocument oneWayUs,
      CpuUse cpuUs,
      Map<Counter, Long> counters) {

    static RoundDocument of(CellRound round) {
      return new RoundDocument(
          round.pair(),
          round.side(),
          round.sample().value(),
          round.sample().work(),
          round.sample().connections(),
          round.sample().messages(),
          round.sample().oneWay().map(PercentilesDocument::of).orElse(null),
          round.cpu(),
          round.counters());
    }
  }

  static TableDocument of(Table table) {
    return new TableDocument(
        table.cpus(),
        table.nullTest(),
        table.services(),
        table.links().stream().map(LinkDocument::of).toList(),
        table.workloads().stream().map(WorkloadDocument::of).toList(),
        table.cells().stream().map(CellDocument::of).toList());
  }
}
