package io.podwire.datapath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** What the kernel refuses to root, too. Each value includes those before it. */
public enum Lockdown {
  /** Also where it is not known: without securityfs, as in most containers. */
  NONE,
  /** No changes of the kernel: no guard {@link Guard#FIONREAD}, which writes to user memory. */
  INTEGRITY,
  /** No reading of the kernel's memory by helpers, which the programs do before 6.2. */
  CONFIDENTIALITY;

  private static final String FILE = "sys/kernel/security/lockdown";

  /** That of the running kernel. */
  public static Lockdown running() {
    return in(Path.of("/"));
  }

  /**
   * @param root where {@code /sys} is looked for; {@code /} but in tests
   */
  static Lockdown in(Path root) {
    try {
      String all = Files.readString(root.resolve(FILE));
      for (Lockdown lockdown : values()) {
        if (all.contains("[" + lockdown + "]")) {
          return lockdown;
        }
      }
    } catch (IOException e) {
      // there is none, or it is not to be seen from here
    }
    return NONE;
  }

  /** What it refuses of what is loaded, and what follows; empty where that is nothing. */
  public Optional<String> consequence() {
    return this == NONE
        ? Optional.empty()
        : Optional.of(this + " refuses the guard fionread: no gears but by --gears on");
  }

  /** As the kernel names it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
