package io.podwire.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Guard;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which differences are the documented ones. */
class KnownLimitTest {

  /** A kernel that has everything but guards, of which it took these. */
  private static KernelTraits newer(Guard... guards) {
    return new KernelTraits(Set.of(guards), true, true, true);
  }

  /** A kernel that has nothing but these guards. */
  private static KernelTraits older(Guard... guards) {
    return new KernelTraits(Set.of(guards), false, false, false);
  }

  @Test
  void aBlockedReaderMayGetEagain() {
    assertThat(KnownLimit.of("end-stopped", "waits on: no, recv EAGAIN", newer()))
        .contains(KnownLimit.BLOCKED_READER);
  }

  @Test
  void aBlockedReaderMayNotHang() {
    assertThat(KnownLimit.of("end-stopped", "hangs", newer())).isEmpty();
  }

  @Test
  void afterAHalfCloseWithUnreadBytesABlockedReaderMayGetEagainWhereItDoesNotWait() {
    String outcome = "1 times: recv 'unread'; recv EAGAIN; recv 'answer'";
    assertThat(KnownLimit.of("half-close-client-unread", outcome, newer()))
        .contains(KnownLimit.HALF_CLOSE_UNREAD);
    assertThat(KnownLimit.of("half-close-client-unread", outcome, older(Guard.RECV_FLAGS)))
        .contains(KnownLimit.HALF_CLOSE_UNREAD);
    assertThat(KnownLimit.of("half-close-client-unread", outcome, newer(Guard.RECV_FLAGS)))
        .isEmpty();
  }

  @Test
  void aRecvForNoBytesMayReturnAtOnceWhereNothingHasItsSocketLeave() {
    String atOnce = "empty '', data '', recv 'x'";
    assertThat(KnownLimit.of("recv-nothing-wanted", atOnce, newer()))
        .contains(KnownLimit.RECV_ENTRY);
    assertThat(KnownLimit.of("recv-nothing-wanted", atOnce, older(Guard.RECV_ENTRY)))
        .contains(KnownLimit.RECV_ENTRY);
    assertThat(KnownLimit.of("recv-nothing-wanted", atOnce, newer(Guard.RECV_ENTRY))).isEmpty();
  }

  @Test
  void noByteMayBeLostUnderTwoThreads() {
    String wrongBytes = "client receives intact EILSEQ, server receives intact EAGAIN";
    assertThat(KnownLimit.of("message-full-duplex", wrongBytes, newer())).isEmpty();
    String lost = "intact: no, sent 6291456, recv EAGAIN";
    assertThat(KnownLimit.of("message-reader-waits", lost, newer())).isEmpty();
  }

  @Test
  void spliceMayHangWhereNothingRefusesIt() {
    assertThat(KnownLimit.of("splice-blocking", "hangs", newer())).contains(KnownLimit.SPLICE);
    assertThat(KnownLimit.of("splice-blocking", "hangs", newer(Guard.SPLICE)))
        .contains(KnownLimit.SPLICE_REFUSED);
  }

  @Test
  void fionreadMayMiscountWhereNothingRepairsIt() {
    String none = "one message 0";
    assertThat(KnownLimit.of("count-received-v6", none, older())).contains(KnownLimit.FIONREAD);
    assertThat(KnownLimit.of("count-received-v6", none, older(Guard.FIONREAD))).isEmpty();
    assertThat(KnownLimit.of("count-received-v6", none, newer())).isEmpty();
  }

  @Test
  void withGearsFionreadMayMiscountWhatCameByTcp() {
    String waits = "no more edges, intact: yes, all sent: yes";
    assertThat(KnownLimit.of("event-epoll-edge-exceeded/shifted", waits, newer()))
        .contains(KnownLimit.GEARS);
    assertThat(KnownLimit.of("event-epoll-edge-exceeded/overflow", waits, newer())).isEmpty();
    assertThat(KnownLimit.of("event-epoll-edge-exceeded/shifted", waits, newer(Guard.FIONREAD)))
        .isEmpty();
  }

  @Test
  void anOptionMayBeRefusedWhereATimerMayHaveToWait() {
    String refused = "TCP_INQ ENOPROTOOPT, recvmsg 4 '0123', no control message";
    assertThat(KnownLimit.of("option-inq", refused, older())).contains(KnownLimit.OPTION_REFUSED);
    assertThat(KnownLimit.of("option-inq", "hangs", older())).isEmpty();
    assertThat(KnownLimit.of("option-inq", refused + ", wrong bytes", older())).isEmpty();
    assertThat(KnownLimit.of("option-inq", refused, newer())).isEmpty();
  }

  @Test
  void anEdgeTriggeredReaderMayWaitWhereNothingWakesItButMissesNoByte() {
    String waits = "no more edges, intact: yes, all sent: yes";
    assertThat(KnownLimit.of("event-epoll-edge-short", waits, older()))
        .contains(KnownLimit.EDGE_TRIGGERED);
    assertThat(KnownLimit.of("event-epoll-edge-short", waits, newer())).isEmpty();
    String some =
        "3 times: every edge, intact: yes, all sent: yes,"
            + " 1 times: no more edges, intact: yes, all sent: yes";
    assertThat(KnownLimit.of("event-epoll-edge-exceeded-large", some, older()))
        .contains(KnownLimit.EDGE_TRIGGERED);
    String wrong = "no more edges, wrong bytes, intact: no, all sent: yes";
    assertThat(KnownLimit.of("event-epoll-edge-short", wrong, older())).isEmpty();
    assertThat(KnownLimit.of("event-epoll-edge-short", "hangs", older())).isEmpty();
  }
}
