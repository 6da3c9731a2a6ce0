package io.podwire.datapath;

import java.util.ArrayList;
import java.util.List;

/**
 * A struct of {@code flow.h}, field by field: its offsets follow from the order and the sizes, by
 * the rules of C. {@code LayoutTest} compares each of them with the built programs.
 *
 * @param name without the word {@code struct}
 * @param fields all of them, in their order
 * @param bytes its size, with the padding at its end
 * @param alignment in bytes
 */
record Struct(String name, List<Struct.Field> fields, int bytes, int alignment) {

  /**
   * @param offset bytes from the beginning of the struct
   * @param bytes its size
   */
  record Field(String name, int offset, int bytes) {}

  /** What a struct is declared with: a field that has no offset yet. */
  record Declaration(String name, int bytes, int alignment) {}

  static Struct of(String name, Declaration... declarations) {
    List<Field> fields = new ArrayList<>();
    int end = 0;
    int alignment = 1;
    for (Declaration field : declarations) {
      int offset = aligned(end, field.alignment);
      fields.add(new Field(field.name, offset, field.bytes));
      end = offset + field.bytes;
      alignment = Math.max(alignment, field.alignment);
    }
    return new Struct(name, List.copyOf(fields), aligned(end, alignment), alignment);
  }

  private static int aligned(int offset, int alignment) {
    return (offset + alignment - 1) / alignment * alignment;
  }

  static Declaration u8s(String name, int number) {
    return new Declaration(name, number, 1);
  }

  static Declaration u16(String name) {
    return new Declaration(name, Short.BYTES, Short.BYTES);
  }

  /** A {@code __u32}, or an enum. */
  static Declaration u32(String name) {
    return u32s(name, 1);
  }

  static Declaration u32s(String name, int number) {
    return new Declaration(name, number * Integer.BYTES, Integer.BYTES);
  }

  static Declaration u64(String name) {
    return u64s(name, 1);
  }

  static Declaration u64s(String name, int number) {
    return new Declaration(name, number * Long.BYTES, Long.BYTES);
  }

  /** A field that is a struct. */
  Declaration as(String name) {
    return new Declaration(name, bytes, alignment);
  }

  /** Bytes from the beginning of the struct to a field. */
  int offset(String field) {
    return fields.stream()
        .filter(f -> f.name.equals(field))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no " + field + " in " + name))
        .offset;
  }
}
