package io.podwire.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.Guard;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which differences are the documented ones. */
class KnownLimitTest {

  @Test
  void aBlockedReaderMayGetEagain() {
    assertThat(KnownLimit.of("end-stopped", "waits on: no, recv EAGAIN", Set.of(), true))
        .contains(KnownLimit.BLOCKED_READER);
  }

  @Test
  void aBlockedReaderMayNotHang() {
    assertThat(KnownLimit.of("end-stopped", "hangs", Set.of(), true)).isEmpty();
  }

  @Test
  void noByteMayBeLostUnderTwoThreads() {
    String wrongBytes = "client receives intact EILSEQ, server receives intact EAGAIN";
    assertThat(KnownLimit.of("message-full-duplex", wrongBytes, Set.of(), true)).isEmpty();
    String lost = "intact: no, sent 6291456, recv EAGAIN";
    assertThat(KnownLimit.of("message-reader-waits", lost, Set.of(), true)).isEmpty();
  }

  @Test
  void spliceMayHangWhereNothingRefusesIt() {
    assertThat(KnownLimit.of("splice-blocking", "hangs", Set.of(), true))
        .contains(KnownLimit.SPLICE);
    assertThat(KnownLimit.of("splice-blocking", "hangs", Set.of(Guard.SPLICE), true))
        .contains(KnownLimit.SPLICE_REFUSED);
  }

  @Test
  void fionreadMayMiscountWhereNothingRepairsIt() {
    assertThat(KnownLimit.of("count-received-v6", "one message 0", Set.of(), true))
        .contains(KnownLimit.FIONREAD);
    assertThat(KnownLimit.of("count-received-v6", "one message 0", Set.of(Guard.FIONREAD), true))
        .isEmpty();
  }
}
