/**
 * A report in words and numbers for people: for a terminal, and what the page says in words.
 *
 * <p>Needs {@link io.podwire.bench.model} alone.
 */
package io.podwire.bench.report.text;
