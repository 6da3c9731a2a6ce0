package io.podwire.cli;

import io.podwire.datapath.Datapath;
import java.nio.file.Path;

/** Where a verb gets its datapath from: the kernel, or memory in a test. */
@FunctionalInterface
interface DatapathOpener {

  /** A handle that the caller closes; nothing is touched before it is used. */
  Datapath open(Path pinDir, Path cgroup);
}
