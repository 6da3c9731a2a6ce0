/**
 * {@code report.json}, whose schema {@code docs/bench.md} documents.
 *
 * <p>Needs {@link io.podwire.bench.model}, and the summary of {@link io.podwire.bench.report.text}.
 */
package io.podwire.bench.report.json;
