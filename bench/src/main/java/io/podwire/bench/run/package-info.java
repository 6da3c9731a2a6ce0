/** A run of the bench from its options to its report. */
package io.podwire.bench.run;
