/**
 * A report as files and as text, and two reports side by side.
 *
 * <p>It shows {@link io.podwire.bench.model}: in words in {@link io.podwire.bench.report.text}, as
 * pictures in {@link io.podwire.bench.report.chart}, as a page in {@link
 * io.podwire.bench.report.html}, and for programs in {@link io.podwire.bench.report.json}. It knows
 * nothing of how anything is measured, nor of {@link io.podwire.bench.run}, which writes it.
 */
package io.podwire.bench.report;
