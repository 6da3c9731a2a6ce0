package io.podwire.agent;

/** What the agent tells about its node where people look first: Kubernetes Events. */
@FunctionalInterface
public interface NodeEvents {

  /** The component that Events of agents come from. */
  String SOURCE = "podwire-agent";

  /** A change that people should see. */
  enum Reason {
    AccelerationEnabled("Normal"),
    AccelerationDisabled("Normal"),
    AccelerationRefused("Warning"),
    AccelerationDegraded("Warning"),
    /** Another program takes sockets of this node. */
    OtherSocketOwner("Warning"),
    /** One does to which pods are left. */
    AccelerationYields("Normal");

    private final String type;

    Reason(String type) {
      this.type = type;
    }

    String type() {
      return type;
    }

    boolean isWarning() {
      return type.equals("Warning");
    }
  }

  /** Returns at once; an event that cannot be written is lost. */
  void tell(Reason reason, String message);
}
