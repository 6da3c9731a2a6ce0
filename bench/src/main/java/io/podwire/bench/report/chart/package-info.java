/**
 * The pictures of a report, as SVG whose colours are those of {@code chart.css}.
 *
 * <p>Needs {@link io.podwire.bench.model}, and the numbers of {@link io.podwire.bench.report.text}.
 */
package io.podwire.bench.report.chart;
