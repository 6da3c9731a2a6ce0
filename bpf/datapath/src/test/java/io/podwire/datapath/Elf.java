package io.podwire.datapath;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The sections of a built object, a 64-bit ELF file. */
final class Elf {

  private static final int SHF_EXECINSTR = 4;

  private final ByteBuffer elf;

  private Elf(ByteBuffer elf) {
    this.elf = elf;
  }

  static Elf of(Path object) {
    try {
      return new Elf(ByteBuffer.wrap(Files.readAllBytes(object)).order(ByteOrder.LITTLE_ENDIAN));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ByteBuffer section(String wanted) {
    ByteBuffer found = sections(0).get(wanted);
    if (found == null) {
      throw new IllegalArgumentException("the object has no section " + wanted);
    }
    return found;
  }

  /** Those with instructions, by their names. */
  Map<String, ByteBuffer> programs() {
    return sections(SHF_EXECINSTR);
  }

  private Map<String, ByteBuffer> sections(int flags) {
    int headers = (int) elf.getLong(0x28);
    int bytes = elf.getShort(0x3a);
    int names = (int) elf.getLong(headers + bytes * elf.getShort(0x3e) + 0x18);
    Map<String, ByteBuffer> sections = new LinkedHashMap<>();
    for (int section = 1; section < elf.getShort(0x3c); section++) {
      int header = headers + bytes * section;
      if ((elf.getLong(header + 8) & flags) == flags) {
        int at = (int) elf.getLong(header + 0x18);
        ByteBuffer content = elf.slice(at, (int) elf.getLong(header + 0x20));
        sections.put(
            string(elf, names + elf.getInt(header)), content.order(ByteOrder.LITTLE_ENDIAN));
      }
    }
    return sections;
  }

  static String string(ByteBuffer bytes, int at) {
    int end = at;
    while (bytes.get(end) != 0) {
      end++;
    }
    byte[] name = new byte[end - at];
    bytes.get(at, name);
    return new String(name, StandardCharsets.US_ASCII);
  }
}
