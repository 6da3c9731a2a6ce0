package io.podwire.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podwire.testbed.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class FanOutTest {

  private static final List<Integer> HUNDRED = IntStream.range(0, 100).boxed().toList();

  @Test
  void resultsComeInTheOrderOfTheItemsAndProgressSaysEach() {
    List<Integer> steps = new ArrayList<>();

    List<Integer> twice =
        FanOut.over(HUNDRED, "asked", (done, total, what) -> steps.add(done), item -> 2 * item);

    assertThat(twice).containsExactlyElementsOf(HUNDRED.stream().map(item -> 2 * item).toList());
    assertThat(steps).isSorted().startsWith(0, 1, 2).endsWith(100, 100);
  }

  @Test
  void sixteenAreDoneAtATimeAndNoMore() {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch sixteen = new CountDownLatch(16);

    FanOut.over(
        HUNDRED,
        "asked",
        Progress.NONE,
        item -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          sixteen.countDown();
          boolean together = await(sixteen);
          now.decrementAndGet();
          return together;
        });

    assertThat(most).hasValue(16);
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatOneThrowsIsThrown() {
    assertThatThrownBy(
            () ->
                FanOut.over(
                    HUNDRED,
                    "asked",
                    Progress.NONE,
                    item -> {
                      throw new ClusterException("item " + item);
                    }))
        .isInstanceOf(ClusterException.class)
        .hasMessage("item 0");
  }

  @Test
  void nothingIsDoneForNobody() {
    assertThat(FanOut.over(List.of(), "asked", Progress.NONE, item -> item)).isEmpty();
  }
}
