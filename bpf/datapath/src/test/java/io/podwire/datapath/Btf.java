package io.podwire.datapath;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The types of a built object, by its section {@code .BTF}: what the compiler made of the C. The
 * format is that of {@code include/uapi/linux/btf.h}.
 */
final class Btf {

  private static final int KIND_INT = 1;
  private static final int KIND_POINTER = 2;
  private static final int KIND_ARRAY = 3;
  private static final int KIND_STRUCT = 4;
  private static final int KIND_UNION = 5;
  private static final int KIND_ENUM = 6;
  private static final int KIND_TYPEDEF = 8;
  private static final int KIND_VOLATILE = 9;
  private static final int KIND_CONST = 10;
  private static final int KIND_RESTRICT = 11;
  private static final int KIND_FUNCTION_PROTOTYPE = 13;
  private static final int KIND_VARIABLE = 14;
  private static final int KIND_SECTION = 15;
  private static final int KIND_DECLARATION_TAG = 17;
  private static final int KIND_ENUM64 = 19;

  /**
   * @param what a kind
   * @param sizeOrType bytes, or the number of another type
   * @param members how many follow
   * @param at where they do
   */
  private record Type(int what, String name, int sizeOrType, int members, int at) {}

  private final ByteBuffer btf;
  private final int strings;

  /** By their numbers; 0 is void. */
  private final List<Type> types = new ArrayList<>();

  private Btf(ByteBuffer btf) {
    this.btf = btf;
    int header = btf.getInt(4);
    strings = header + btf.getInt(16);
    types.add(new Type(0, "void", 0, 0, 0));
    int end = header + btf.getInt(8) + btf.getInt(12);
    for (int at = header + btf.getInt(8); at < end; ) {
      int info = btf.getInt(at + 4);
      int what = info >> 24 & 0x1f;
      int members = info & 0xffff;
      types.add(new Type(what, string(btf.getInt(at)), btf.getInt(at + 8), members, at + 12));
      at += 12 + bytesAfter(what, members);
    }
  }

  static Btf of(Path object) {
    return new Btf(Elf.of(object).section(".BTF"));
  }

  /** A struct as {@link Layout} declares it. */
  Struct struct(String name) {
    Type struct = find(KIND_STRUCT, name);
    List<Struct.Field> fields = new ArrayList<>();
    int alignment = 1;
    for (int member = 0; member < struct.members; member++) {
      int at = struct.at + 12 * member;
      int type = btf.getInt(at + 4);
      int offset = btf.getInt(at + 8) / Byte.SIZE;
      fields.add(new Struct.Field(string(btf.getInt(at)), offset, size(type)));
      alignment = Math.max(alignment, alignment(type));
    }
    return new Struct(name, fields, struct.sizeOrType, alignment);
  }

  /** The values of an enum by their names, in their order. */
  Map<String, Integer> enumeration(String name) {
    Type enumeration = find(KIND_ENUM, name);
    Map<String, Integer> values = new LinkedHashMap<>();
    for (int value = 0; value < enumeration.members; value++) {
      int at = enumeration.at + 8 * value;
      values.put(string(btf.getInt(at)), btf.getInt(at + 4));
    }
    return values;
  }

  private Type find(int what, String name) {
    return types.stream()
        .filter(type -> type.what == what && type.name.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the object's BTF has no " + name));
  }

  private int size(int number) {
    Type type = types.get(number);
    return switch (type.what) {
      case KIND_INT, KIND_STRUCT, KIND_UNION, KIND_ENUM, KIND_ENUM64 -> type.sizeOrType;
      case KIND_POINTER -> Long.BYTES;
      case KIND_ARRAY -> size(btf.getInt(type.at)) * btf.getInt(type.at + 8);
      case KIND_TYPEDEF, KIND_VOLATILE, KIND_CONST, KIND_RESTRICT -> size(type.sizeOrType);
      default -> throw new IllegalStateException(type + " has no size");
    };
  }

  private int alignment(int number) {
    Type type = types.get(number);
    return switch (type.what) {
      case KIND_ARRAY -> alignment(btf.getInt(type.at));
      case KIND_TYPEDEF, KIND_VOLATILE, KIND_CONST, KIND_RESTRICT -> alignment(type.sizeOrType);
      case KIND_STRUCT -> struct(type.name).alignment();
      default -> size(number);
    };
  }

  private static int bytesAfter(int what, int members) {
    return switch (what) {
      case KIND_INT, KIND_VARIABLE, KIND_DECLARATION_TAG -> 4;
      case KIND_ARRAY -> 12;
      case KIND_STRUCT, KIND_UNION, KIND_SECTION, KIND_ENUM64 -> 12 * members;
      case KIND_ENUM, KIND_FUNCTION_PROTOTYPE -> 8 * members;
      default -> 0;
    };
  }

  private String string(int offset) {
    return Elf.string(btf, strings + offset);
  }
}
