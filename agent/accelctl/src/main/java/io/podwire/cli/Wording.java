package io.podwire.cli;

/** The words that go with numbers. */
final class Wording {

  private Wording() {}

  /** {@code 1 flow}, {@code 2 flows}. */
  static String count(int number, String one, String many) {
    return number + " " + (number == 1 ? one : many);
  }
}
