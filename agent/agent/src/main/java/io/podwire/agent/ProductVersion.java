package io.podwire.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version that the build wrote into this jar, and the commit that it was made of. */
public final class ProductVersion {

  private ProductVersion() {}

  /** For example {@code 0.1.0}. */
  public static String get() {
    Properties build = new Properties();
    try (InputStream properties = ProductVersion.class.getResourceAsStream("version.properties")) {
      build.load(properties);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return build.getProperty("version");
  }

  /**
   * The first digits of the commit. Behind them is {@code -dirty} where files differed from it. It
   * is {@code unknown} where the tree was no clone.
   */
  public static String commit() {
    try (InputStream commit = ProductVersion.class.getResourceAsStream("commit")) {
      return new String(commit.readAllBytes(), UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
