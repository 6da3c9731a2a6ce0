/** What acceleration costs those that gain nothing from it, and what it takes to hold. */
package io.podwire.bench.cost;
