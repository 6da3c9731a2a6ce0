package io.podwire.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/**
 * Prints, of a kernel test that fails, what the machine did meanwhile: a failure that comes once in
 * twenty runs is not there again for who looks later.
 */
public final class Evidence implements BeforeTestExecutionCallback, AfterTestExecutionCallback {

  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(Evidence.class);
  private static final Path STAT = Path.of("/proc/stat");
  private static final Path LOAD = Path.of("/proc/loadavg");

  /** Of the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
  private static final int IDLE = 3;

  private static final int STOLEN = 7;
  private static final int STATES = 8;
  private static final int KERNEL_LINES = 5;

  @Override
  public void beforeTestExecution(ExtensionContext context) throws IOException {
    context.getStore(STORE).put(context.getUniqueId(), cpuTicks());
  }

  /** Whether a test failed: one whose assumption does not hold here did not. */
  private static boolean failed(ExtensionContext context) {
    return context
        .getExecutionException()
        .filter(why -> !(why instanceof TestAbortedException))
        .isPresent();
  }

  /** Prints more of a test that failed, whatever happens meanwhile to what it asks. */
  public static void print(ExtensionContext context, Callable<String> evidence) {
    if (!failed(context)) {
      return;
    }
    try {
      System.out.println("evidence: " + evidence.call());
    } catch (Exception e) {
      System.out.println("evidence: none, since " + e);
    }
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    print(context, () -> ofTheMachine(context));
  }

  @SuppressWarnings("unchecked") // what beforeTestExecution() put there
  private static String ofTheMachine(ExtensionContext context)
      throws IOException, InterruptedException {
    List<Long> before = (List<Long>) context.getStore(STORE).get(context.getUniqueId(), List.class);
    List<Long> now = cpuTicks();
    double all = 0;
    for (int state = 0; state < STATES; state++) {
      all += now.get(state) - before.get(state);
    }
    return String.format(
        Locale.ROOT,
        "%s: load %s; of all CPUs %.0f %% were idle, %.0f %% stolen; the kernel's last lines:%n%s",
        context.getDisplayName(),
        Files.readString(LOAD).strip(),
        100 * (now.get(IDLE) - before.get(IDLE)) / all,
        100 * (now.get(STOLEN) - before.get(STOLEN)) / all,
        kernelLog());
  }

  private static List<Long> cpuTicks() throws IOException {
    try (Stream<String> lines = Files.lines(STAT)) {
      return Stream.of(lines.findFirst().orElseThrow().split(" +"))
          .skip(1)
          .map(Long::valueOf)
          .toList();
    }
  }

  private static String kernelLog() throws IOException, InterruptedException {
    Process dmesg = new ProcessBuilder("dmesg").redirectErrorStream(true).start();
    List<String> lines = new String(dmesg.getInputStream().readAllBytes(), UTF_8).lines().toList();
    dmesg.waitFor();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - KERNEL_LINES), lines.size()));
  }
}
