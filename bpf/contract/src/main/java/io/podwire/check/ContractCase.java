package io.podwire.check;

/**
 * One case of the contract.
 *
 * @param name as {@code probe --list} has it; behind a slash the mode, where that is not {@link
 *     Mode#DIRECT}
 * @param plain what the application observed over plain TCP
 * @param accelerated what it observed with acceleration
 * @param verdict what to think of it
 * @param limit the name of the {@link KnownLimit}; empty for other verdicts
 */
public record ContractCase(
    String name, String plain, String accelerated, Verdict verdict, String limit) {

  /** The name that it has in every mode. */
  public String nameWithoutMode() {
    return withoutMode(name);
  }

  /** The name of a case without the mode that may be behind it. */
  public static String withoutMode(String name) {
    return name.replaceFirst("/.*", "");
  }
}
