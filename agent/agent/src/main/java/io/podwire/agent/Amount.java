package io.podwire.agent;

/**
 * How much was redirected.
 *
 * @param messages how many
 * @param bytes of those
 */
record Amount(long messages, long bytes) {

  static final Amount NONE = new Amount(0, 0);

  Amount plus(Amount other) {
    return new Amount(messages + other.messages, bytes + other.bytes);
  }

  Amount minus(Amount other) {
    return new Amount(messages - other.messages, bytes - other.bytes);
  }

  /** The larger of each. */
  Amount max(Amount other) {
    return new Amount(Math.max(messages, other.messages), Math.max(bytes, other.bytes));
  }
}
