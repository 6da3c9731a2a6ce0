/**
 * {@code report.html}, section by section.
 *
 * <p>Needs {@link io.podwire.bench.model}, the words of {@link io.podwire.bench.report.text} and
 * the pictures of {@link io.podwire.bench.report.chart}.
 */
package io.podwire.bench.report.html;
