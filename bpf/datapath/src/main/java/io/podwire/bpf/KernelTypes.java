package io.podwire.bpf;

import jnr.ffi.Pointer;

/**
 * The types of the running kernel, by its BTF. To read that takes some 20 ms and, until it is
 * closed, 15 MB.
 */
public final class KernelTypes implements AutoCloseable {

  private static final int STRUCT = 4; // BTF_KIND_STRUCT

  private final Library library = Library.get();
  private final Pointer btf;

  /**
   * @throws BpfException where the kernel has no BTF
   */
  public KernelTypes() {
    btf = library.check(library.bpf.btf__load_vmlinux_btf(), "read", "the kernel's BTF");
  }

  /**
   * The size of a struct, in bytes.
   *
   * @param name without the word {@code struct}
   * @throws BpfException where the kernel has none of that name
   */
  public int bytes(String name) {
    int type =
        library.check(library.bpf.btf__find_by_name_kind(btf, name, STRUCT), "find struct", name);
    return (int) library.bpf.btf__resolve_size(btf, type);
  }

  @Override
  public void close() {
    library.bpf.btf__free(btf);
  }
}
