package io.podwire.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into this jar. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() throws IOException {
    Properties build = new Properties();
    try (InputStream properties = Version.class.getResourceAsStream("version.properties")) {
      build.load(properties);
    }
    return new String[] {"accelctl " + build.getProperty("version")};
  }
}
