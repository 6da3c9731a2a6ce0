package io.podwire.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Guard;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which differences are the documented ones. */
class KnownLimitTest {

  private static final KnownLimit.Kernel KERNEL = new KnownLimit.Kernel(true, true, true);
  private static final KnownLimit.Kernel OLDER = new KnownLimit.Kernel(false, false, false);

  @Test
  void aBlockedReaderMayGetEagain() {
    assertThat(KnownLimit.of("end-stopped", "waits on: no, recv EAGAIN", Set.of(), KERNEL))
        .contains(KnownLimit.BLOCKED_READER);
  }

  @Test
  void aBlockedReaderMayNotHang() {
    assertThat(KnownLimit.of("end-stopped", "hangs", Set.of(), KERNEL)).isEmpty();
  }

  @Test
  void afterAHalfCloseWithUnreadBytesABlockedReaderMayGetEagainWhereItDoesNotWait() {
    String outcome = "1 times: recv 'unread'; recv EAGAIN; recv 'answer'";
    Set<Guard> guards = Set.of(Guard.RECV_FLAGS);
    assertThat(KnownLimit.of("half-close-client-unread", outcome, Set.of(), KERNEL))
        .contains(KnownLimit.HALF_CLOSE_UNREAD);
    assertThat(KnownLimit.of("half-close-client-unread", outcome, guards, OLDER))
        .contains(KnownLimit.HALF_CLOSE_UNREAD);
    assertThat(KnownLimit.of("half-close-client-unread", outcome, guards, KERNEL)).isEmpty();
  }

  @Test
  void aRecvForNoBytesMayReturnAtOnceWhereNothingHasItsSocketLeave() {
    String atOnce = "empty '', data '', recv 'x'";
    Set<Guard> guards = Set.of(Guard.RECV_ENTRY);
    assertThat(KnownLimit.of("recv-nothing-wanted", atOnce, Set.of(), KERNEL))
        .contains(KnownLimit.RECV_ENTRY);
    assertThat(KnownLimit.of("recv-nothing-wanted", atOnce, guards, OLDER))
        .contains(KnownLimit.RECV_ENTRY);
    assertThat(KnownLimit.of("recv-nothing-wanted", atOnce, guards, KERNEL)).isEmpty();
  }

  @Test
  void noByteMayBeLostUnderTwoThreads() {
    String wrongBytes = "client receives intact EILSEQ, server receives intact EAGAIN";
    assertThat(KnownLimit.of("message-full-duplex", wrongBytes, Set.of(), KERNEL)).isEmpty();
    String lost = "intact: no, sent 6291456, recv EAGAIN";
    assertThat(KnownLimit.of("message-reader-waits", lost, Set.of(), KERNEL)).isEmpty();
  }

  @Test
  void spliceMayHangWhereNothingRefusesIt() {
    assertThat(KnownLimit.of("splice-blocking", "hangs", Set.of(), KERNEL))
        .contains(KnownLimit.SPLICE);
    assertThat(KnownLimit.of("splice-blocking", "hangs", Set.of(Guard.SPLICE), KERNEL))
        .contains(KnownLimit.SPLICE_REFUSED);
  }

  @Test
  void fionreadMayMiscountWhereNothingRepairsIt() {
    String none = "one message 0";
    assertThat(KnownLimit.of("count-received-v6", none, Set.of(), OLDER))
        .contains(KnownLimit.FIONREAD);
    assertThat(KnownLimit.of("count-received-v6", none, Set.of(Guard.FIONREAD), OLDER)).isEmpty();
    assertThat(KnownLimit.of("count-received-v6", none, Set.of(), KERNEL)).isEmpty();
  }

  @Test
  void withGearsFionreadMayMiscountWhatCameByTcp() {
    String waits = "no more edges, intact: yes, all sent: yes";
    assertThat(KnownLimit.of("event-epoll-edge-exceeded/shifted", waits, Set.of(), KERNEL))
        .contains(KnownLimit.GEARS);
    assertThat(KnownLimit.of("event-epoll-edge-exceeded/overflow", waits, Set.of(), KERNEL))
        .isEmpty();
    Set<Guard> guards = Set.of(Guard.FIONREAD);
    assertThat(KnownLimit.of("event-epoll-edge-exceeded/shifted", waits, guards, KERNEL)).isEmpty();
  }

  @Test
  void anOptionMayBeRefusedWhereATimerMayHaveToWait() {
    String refused = "TCP_INQ ENOPROTOOPT, recvmsg 4 '0123', no control message";
    assertThat(KnownLimit.of("option-inq", refused, Set.of(), OLDER))
        .contains(KnownLimit.OPTION_REFUSED);
    assertThat(KnownLimit.of("option-inq", "hangs", Set.of(), OLDER)).isEmpty();
    assertThat(KnownLimit.of("option-inq", refused + ", wrong bytes", Set.of(), OLDER)).isEmpty();
    assertThat(KnownLimit.of("option-inq", refused, Set.of(), KERNEL)).isEmpty();
  }

  @Test
  void anEdgeTriggeredReaderMayWaitWhereNothingWakesItButMissesNoByte() {
    String waits = "no more edges, intact: yes, all sent: yes";
    assertThat(KnownLimit.of("event-epoll-edge-short", waits, Set.of(), OLDER))
        .contains(KnownLimit.EDGE_TRIGGERED);
    assertThat(KnownLimit.of("event-epoll-edge-short", waits, Set.of(), KERNEL)).isEmpty();
    String some =
        "3 times: every edge, intact: yes, all sent: yes,"
            + " 1 times: no more edges, intact: yes, all sent: yes";
    assertThat(KnownLimit.of("event-epoll-edge-exceeded-large", some, Set.of(), OLDER))
        .contains(KnownLimit.EDGE_TRIGGERED);
    String wrong = "no more edges, wrong bytes, intact: no, all sent: yes";
    assertThat(KnownLimit.of("event-epoll-edge-short", wrong, Set.of(), OLDER)).isEmpty();
    assertThat(KnownLimit.of("event-epoll-edge-short", "hangs", Set.of(), OLDER)).isEmpty();
  }
}
