package io.podwire.datapath;

/**
 * A build of the kernel programs: what tells it from another.
 *
 * @param generation the layout version of its maps
 * @param sha256 64 hex digits, of the object that was loaded; empty for a release that kept none,
 *     and only the first digits where a load was killed before it noted more
 */
public record Build(int generation, String sha256) {

  /** The layout version of the programs that this build loads: {@code GENERATION} of flow.h. */
  public static final int GENERATION = 11;

  /** How many digits are shown and name the directory of the pins. */
  static final int DIGITS = 8;

  /** The build that this distribution has for the running kernel. */
  public static Build carried() {
    return of(GENERATION, CompiledObjects.PRODUCT);
  }

  /** The build that some objects make, under the number of any generation. */
  static Build of(int generation, CompiledObjects objects) {
    return new Build(generation, objects.sha256());
  }

  /** Written out: what Java makes of a record for it are some twenty classes, in every run. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Build build
        && generation == build.generation
        && sha256.equals(build.sha256);
  }

  @Override
  public int hashCode() {
    return 31 * generation + sha256.hashCode();
  }

  /** For people: {@code 8-3f2a91c0}; the generation alone where there is no hash. */
  @Override
  public String toString() {
    return sha256.isEmpty()
        ? Integer.toString(generation)
        : generation + "-" + sha256.substring(0, DIGITS);
  }
}
