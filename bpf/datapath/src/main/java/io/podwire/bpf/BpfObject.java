package io.podwire.bpf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;

/**
 * A compiled object on its way into the kernel: opened, its maps told where they are pinned,
 * loaded. Closing it closes its descriptors; what was pinned stays.
 */
public final class BpfObject implements AutoCloseable {

  private final Library library = Library.get();
  private final String name;
  private final long object; // its address

  private BpfObject(String name, long object) {
    this.name = name;
    this.object = object;
  }

  /**
   * The SHA-256 of the object {@code NAME.bpf.o} that this package was built with, 64 hex digits,
   * as its compilation noted it.
   */
  public static String sha256(String name) {
    byte[] noted = resource(name + ".bpf.o.sha256");
    return new String(noted, StandardCharsets.US_ASCII).strip();
  }

  private static byte[] resource(String file) {
    try (InputStream in = BpfObject.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new BpfException(file + " is missing from the installation: install it again");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new BpfException("can't read " + file + ": " + e.getMessage());
    }
  }

  /** Opens the object {@code NAME.bpf.o} that this package was built with. */
  public static BpfObject open(String name) {
    byte[] image = resource(name + ".bpf.o");
    Library library = Library.get();
    library.listen();
    ByteBuffer memory = Library.buffer(image.length).put(image).rewind();
    long object = library.bpf.bpf_object__open_mem(memory, image.length, null);
    return new BpfObject(name, library.check(object, "open", name + ".bpf.o"));
  }

  /** Says where a map is pinned: a load uses the map that is there, or makes it and pins it. */
  public void pinAt(String map, Path pin) {
    library.check(
        library.bpf.bpf_map__set_pin_path(map(map), pin.toString()),
        "pin",
        "map " + map + " at " + pin);
  }

  /** Sets the size of a map that is not loaded yet. */
  public void resize(String map, int maxEntries) {
    library.check(
        library.bpf.bpf_map__set_max_entries(map(map), maxEntries), "resize", "map " + map);
  }

  /** Says that of the programs only these are to be loaded. */
  public void loadOnly(Collection<String> functions) {
    long program = library.bpf.bpf_object__next_program(object, 0);
    while (program != 0) {
      String function = library.bpf.bpf_program__name(program);
      library.check(
          library.bpf.bpf_program__set_autoload(program, functions.contains(function)),
          "select",
          "program " + function);
      program = library.bpf.bpf_object__next_program(object, program);
    }
  }

  /** Loads maps and programs. */
  public void load() {
    library.check(library.bpf.bpf_object__load(object), "load", name + ".bpf.o");
  }

  /** A loaded program; closed with this object, so pin it or attach it first. */
  public BpfProgram program(String function) {
    long program =
        library.check(
            library.bpf.bpf_object__find_program_by_name(object, function),
            "find program",
            function + " in " + name + ".bpf.o");
    return new BpfProgram(library.bpf.bpf_program__fd(program), "program " + function);
  }

  private long map(String map) {
    return library.check(
        library.bpf.bpf_object__find_map_by_name(object, map),
        "find map",
        map + " in " + name + ".bpf.o");
  }

  @Override
  public void close() {
    library.bpf.bpf_object__close(object);
  }
}
