/**
 * The binding of libbpf: objects, maps, programs and links, and the few calls of libc beside them.
 *
 * <p>What wraps a file descriptor is closed by whoever opened it; a pinned object outlives that,
 * and the process. Calls of the kernel that fail throw {@link io.podwire.bpf.BpfException}, but
 * where a method says that it returns something else. Nothing here knows Podwire's maps, and
 * nothing outside of this package knows JNR.
 */
package io.podwire.bpf;
