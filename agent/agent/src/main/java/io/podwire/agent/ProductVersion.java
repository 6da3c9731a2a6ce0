package io.podwire.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version that the build wrote into this jar. */
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
}
