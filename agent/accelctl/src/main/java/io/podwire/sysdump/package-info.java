/**
 * {@code accelctl sysdump}: what support asks for, in one archive. A part that cannot be had is a
 * line of its {@code errors.txt}.
 */
package io.podwire.sysdump;
