package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.podwire.datapath.Datapath;
import io.podwire.datapath.InMemoryDatapath;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The life of an agent, where no cluster answers. */
final class AgentTest {

  private static final String MASTER = "kubernetes.master";

  private final List<String> ended = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void nameACluster() {
    System.setProperty(MASTER, "http://127.0.0.1:1/");
  }

  @AfterAll
  static void nameNone() {
    System.clearProperty(MASTER);
  }

  @Test
  void whatRunsEndsBeforeWhatItRunsOn() throws Exception {
    CountDownLatch checking = new CountDownLatch(1);
    Agent agent =
        new Agent(
            Configurations.of(SelectionMode.OPT_OUT, ""),
            noting("close", "datapath", new InMemoryDatapath()),
            () -> {
              checking.countDown();
              try {
                Thread.sleep(60_000); // a check takes long
              } catch (InterruptedException e) {
                ended.add("check");
              }
              return Admission.unchecked();
            },
            Set::of,
            Optional.empty());
    Thread running = new Thread(agent::run);
    running.start();
    checking.await();

    agent.close();

    running.join();
    assertThat(ended).containsExactly("check", "datapath");
    await()
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .doesNotContain("reconcile", "check", "workloads", "listen", "probe-listen"));
  }

  /** The datapath, but for noting when this method was called. */
  private Datapath noting(String method, String note, Datapath datapath) {
    return (Datapath)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Datapath.class},
            (proxy, called, arguments) -> {
              if (called.getName().equals(method)) {
                ended.add(note);
              }
              return called.invoke(datapath, arguments);
            });
  }

  @Test
  void aRefusalIsLookedAtMoreAndMoreSeldomAndOnceAnHourAtLeast() {
    assertThat(KernelCheck.longer(Duration.ofSeconds(5))).isEqualTo(Duration.ofSeconds(10));
    assertThat(KernelCheck.longer(Duration.ofMinutes(40))).isEqualTo(Duration.ofHours(1));
    assertThat(KernelCheck.longer(Duration.ofHours(1))).isEqualTo(Duration.ofHours(1));
  }
}
