package io.podwire.bench;

/**
 * Time that processes ran, from {@code getrusage(2)}: exact in its sum; the kernel splits it into
 * user and system by sampling.
 *
 * @param userMicros microseconds in user mode
 * @param systemMicros microseconds in the kernel
 */
public record CpuTime(double userMicros, double systemMicros) {

  /** The sum of both. */
  public CpuTime plus(CpuTime other) {
    return new CpuTime(userMicros + other.userMicros, systemMicros + other.systemMicros);
  }
}
