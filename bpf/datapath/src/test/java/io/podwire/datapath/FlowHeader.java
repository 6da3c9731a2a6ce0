package io.podwire.datapath;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code flow.h}, as text: what C and Java must agree on. */
final class FlowHeader {

  private static final String TEXT = read().replaceAll("(?s)/\\*.*?\\*/", "");

  private FlowHeader() {}

  /** The names of an enum's values, in order. */
  static List<String> enumValues(String name) {
    return Arrays.stream(body("enum " + name).split(","))
        .map(String::strip)
        .filter(value -> !value.isEmpty())
        .toList();
  }

  /** The fields of a struct of 32-bit numbers, in order. */
  static List<String> words(String struct) {
    return Arrays.stream(body("struct " + struct).split(";"))
        .map(String::strip)
        .filter(field -> !field.isEmpty())
        .map(field -> field.replaceFirst("^__u32 ", ""))
        .toList();
  }

  /** The value of a macro that is a number. */
  static long define(String name) {
    Matcher define = Pattern.compile("#define " + name + " (\\d+)").matcher(TEXT);
    if (!define.find()) {
      throw new IllegalStateException("flow.h defines no " + name);
    }
    return Long.parseLong(define.group(1));
  }

  /** Changes with any declaration; comments and white space do not count. */
  static String fingerprint() {
    try {
      byte[] declared = TEXT.replaceAll("\\s+", " ").getBytes(StandardCharsets.UTF_8);
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(declared))
          .substring(0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String body(String declaration) {
    int start = TEXT.indexOf(declaration + " {");
    return TEXT.substring(TEXT.indexOf('{', start) + 1, TEXT.indexOf('}', start));
  }

  private static String read() {
    try {
      return Files.readString(Path.of("src/main/c/flow.h"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
