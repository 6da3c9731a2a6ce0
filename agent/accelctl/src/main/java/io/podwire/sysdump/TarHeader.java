package io.podwire.sysdump;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * What stands before a file in an archive, in the format ustar of POSIX.
 *
 * @param name of the file, with directories; at most 100 bytes behind its last slash, and 155
 *     before
 * @param size bytes of the file, at most 8 GiB
 */
record TarHeader(String name, long size) {

  /** Headers and files fill blocks. */
  static final int BLOCK = 512;

  // The fields: where they begin, and their lengths.
  private static final int NAME = 0;
  private static final int NAME_BYTES = 100;
  private static final int MODE = 100;
  private static final int SIZE = 124;
  private static final int SIZE_BYTES = 12;
  private static final int TIME = 136;
  private static final int CHECKSUM = 148;
  private static final int CHECKSUM_BYTES = 8;
  private static final int TYPE = 156;
  private static final int MAGIC = 257;
  private static final int PREFIX = 345;
  private static final int PREFIX_BYTES = 155;

  /**
   * The block.
   *
   * @param seconds since 1970, the time of the file
   * @throws IllegalArgumentException where the name is too long
   */
  byte[] block(long seconds) {
    byte[] block = new byte[BLOCK];
    int slash = name.lastIndexOf('/');
    put(block, NAME, NAME_BYTES, name.substring(slash + 1));
    put(block, PREFIX, PREFIX_BYTES, name.substring(0, Math.max(slash, 0)));
    put(block, MODE, 8, "0000600");
    put(block, SIZE, SIZE_BYTES, "%011o".formatted(size));
    put(block, TIME, SIZE_BYTES, "%011o".formatted(seconds));
    put(block, TYPE, 1, "0");
    put(block, MAGIC, 8, "ustar\00000");
    put(block, CHECKSUM, CHECKSUM_BYTES, "%06o\0 ".formatted(checksum(block)));
    return block;
  }

  /** The header in a block; empty where the archive ends. */
  static Optional<TarHeader> parse(byte[] block) {
    String name = text(block, NAME, NAME_BYTES);
    if (name.isEmpty()) {
      return Optional.empty();
    }
    String directory = text(block, PREFIX, PREFIX_BYTES);
    return Optional.of(
        new TarHeader(
            directory.isEmpty() ? name : directory + "/" + name,
            Long.parseLong(text(block, SIZE, SIZE_BYTES), 8)));
  }

  /** Bytes that fill the last block of the file. */
  int padding() {
    return (int) (-size & (BLOCK - 1));
  }

  /** Of all bytes, those of the sum itself counted as spaces. */
  private static int checksum(byte[] block) {
    int sum = CHECKSUM_BYTES * ' ';
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= CHECKSUM && i < CHECKSUM + CHECKSUM_BYTES ? 0 : block[i] & 0xff;
    }
    return sum;
  }

  private static void put(byte[] block, int offset, int length, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > length) {
      throw new IllegalArgumentException("its name is too long for an archive");
    }
    System.arraycopy(bytes, 0, block, offset, bytes.length);
  }

  private static String text(byte[] block, int offset, int length) {
    byte[] field = Arrays.copyOfRange(block, offset, offset + length);
    String text = new String(field, StandardCharsets.UTF_8);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}
