/** The programs that the bench drives: how they are started, and what their output means. */
package io.podwire.bench.tool;
