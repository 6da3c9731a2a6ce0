package io.podwire.datapath;

import io.podwire.bpf.BpfObject;

/**
 * The compiled objects of the programs, one for each kind of kernel.
 *
 * @param directory where they lie among the resources, with a slash at its end; empty for the
 *     product's
 */
record CompiledObjects(String directory) {

  /** Those that the distribution carries. */
  static final CompiledObjects PRODUCT = new CompiledObjects("");

  /** Differ from the product's only in what they hash to; for tests of upgrades. */
  static final CompiledObjects ANOTHER = new CompiledObjects("another/");

  private static final String MAIN = "podwire";

  /**
   * Those that lack one protection; for tests.
   *
   * @param protection as in {@code protection.h}, in lower case with dashes
   */
  static CompiledObjects without(String protection) {
    return new CompiledObjects("without-" + protection + "/");
  }

  /** The SHA-256 of the object with the programs that a load takes, for the running kernel. */
  String sha256() {
    return BpfObject.sha256(name(MAIN));
  }

  /**
   * Opens the object with the programs that a load takes; the caller closes it.
   *
   * @param capacity ends that the sockhash is to hold
   */
  BpfObject open(Pins pins, int capacity) {
    return open(MAIN, pins, capacity);
  }

  /** The same for the object of {@link PinnedPrograms#ADOPT}. */
  BpfObject openAdopter(Pins pins, int capacity) {
    return open(PinnedPrograms.ADOPT, pins, capacity);
  }

  private BpfObject open(String name, Pins pins, int capacity) {
    BpfObject object = BpfObject.open(name(name));
    try {
      PinnedMaps.sizes(capacity).forEach(object::resize);
      PinnedMaps.names().forEach(map -> object.pinAt(map, pins.map(map)));
      return object;
    } catch (RuntimeException e) {
      object.close();
      throw e;
    }
  }

  private String name(String object) {
    return directory + object + "." + KernelRelease.running().build();
  }
}
