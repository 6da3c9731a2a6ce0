package io.podwire.agent;

/** Where a failure began: what the threads of a client pass on is wrapped. */
final class RootCause {

  private RootCause() {}

  static Throwable of(Throwable failure) {
    return failure.getCause() == null ? failure : of(failure.getCause());
  }

  /** What it says, or what it is where it says nothing. */
  static String messageOf(Throwable failure) {
    Throwable root = of(failure);
    return root.getMessage() == null
        ? root.getClass().getSimpleName()
        : OneLine.of(root.getMessage());
  }
}
