package io.podwire.agent;

import java.util.Locale;

/** Who says that an address is a pod's; an author of pods can write none of these. */
enum AddressSource {
  /** {@code status.podIPs}, which the kubelet writes. */
  STATUS,
  /** The pod's {@code SpiderEndpoint}, which Spiderpool's agent writes. */
  SPIDERPOOL,
  /** What the container runtime gave it, which the CNI plugin tells before the kubelet does. */
  CNI,
  /** An interface in the pod's own network namespace has it. */
  NAMESPACE;

  /** The name that {@code accelctl pods} prints. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
