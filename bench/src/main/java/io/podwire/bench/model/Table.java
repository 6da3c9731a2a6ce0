package io.podwire.bench.model;

import java.util.List;

/**
 * What was measured: a cell for every link and workload, row by row.
 *
 * @param cpus the CPUs of both ends, for people
 * @param nullTest whether both sides were off: what is measured then is the bench's own noise
 * @param services how many Services there were beside the one that is measured
 * @param cells row by row
 */
public record Table(String cpus, boolean nullTest, int services, List<Cell> cells) {

  /** The rows, in their order. */
  public List<Link> links() {
    return cells.stream().map(Cell::link).distinct().toList();
  }

  /** The columns, in their order. */
  public List<Column> workloads() {
    return cells.stream().map(Cell::workload).distinct().toList();
  }

  /** The cell of a row and a column. */
  public Cell cell(Link link, Column workload) {
    return cells.stream()
        .filter(cell -> cell.link().equals(link) && cell.workload().equals(workload))
        .findFirst()
        .orElseThrow();
  }
}
