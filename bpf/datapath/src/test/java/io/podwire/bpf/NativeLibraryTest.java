package io.podwire.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NativeLibraryTest {

  private final NativeLibrary c = new NativeLibrary("libc.so.6");

  @Test
  void integersPassAndReturnWithTheirSigns() {
    assertThat((int) c.call("abs", -7)).isEqualTo(7);
    assertThat(c.call("labs", -(1L << 40))).isEqualTo(1L << 40);
    assertThat((int) c.call("toupper", -1)).isEqualTo(-1);
  }

  @Test
  void aStringEndsWithAZero() {
    assertThat(c.call("strlen", "podwire")).isEqualTo(7);
    assertThat(c.call("strlen", "")).isZero();
  }

  @Test
  void ofABufferTheFunctionSeesWhatIsLeft() {
    ByteBuffer text =
        Library.buffer(8).put("podwire\0".getBytes(StandardCharsets.US_ASCII)).position(3);

    assertThat(c.call("strlen", text)).isEqualTo(4);
    assertThat(c.call("strlen", text.slice())).isEqualTo(4);
    assertThat(c.call("memcmp", text, "wire", 4)).isZero();
  }

  @Test
  void aFunctionWritesToABuffer() {
    ByteBuffer text = Library.buffer(16);

    c.call("strcpy", text, "podwire");

    assertThat(NativeLibrary.string(NativeLibrary.address(text))).isEqualTo("podwire");
    assertThat(NativeLibrary.copy(NativeLibrary.address(text), 3).get(2)).isEqualTo((byte) 'd');
  }

  @Test
  void nullIsNull() {
    assertThat(c.call("getenv", "PODWIRE_IS_NOT_SET")).isZero();
    assertThat(NativeLibrary.string(0)).isNull();
    c.call("free", (Object) null);
  }

  @Test
  void errnoIsThatOfTheCall() {
    assertThat((int) c.call("close", -1)).isEqualTo(-1);
    assertThat(NativeLibrary.lastErrno()).isEqualTo(9); // EBADF
  }

  @Test
  void cCallsBack() {
    ByteBuffer numbers = Library.buffer(8).putInt(0, 2).putInt(4, 1);
    long[] seen = new long[1];

    // qsort() passes two addresses: as the first is an int here, it is cut to its lower half
    long compare =
        c.callback(
            (one, other, unused) -> {
              seen[0] = other;
              return 1;
            });
    c.call("qsort", numbers, 2, 4, compare);

    assertThat(seen[0]).isNotZero();
    assertThat(numbers.getInt(0)).isEqualTo(1);
  }

  @Test
  void whatIsNotThereIsNotFound() {
    assertThat(c.has("close")).isTrue();
    assertThat(c.has("podwire_close")).isFalse();
    assertThatThrownBy(() -> c.call("podwire_close")).isInstanceOf(UnsatisfiedLinkError.class);
    assertThatThrownBy(() -> new NativeLibrary("libpodwire.so.9"))
        .isInstanceOf(UnsatisfiedLinkError.class);
  }

  @Test
  void aBufferOfTheHeapHasNoAddress() {
    ByteBuffer heap = ByteBuffer.allocate(8);

    assertThatThrownBy(() -> c.call("strlen", heap)).isInstanceOf(IllegalArgumentException.class);
  }
}
