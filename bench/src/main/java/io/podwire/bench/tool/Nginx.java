package io.podwire.bench.tool;

import io.podwire.bench.Child;
import io.podwire.bench.Scratch;
import io.podwire.bench.testbed.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * An nginx with one worker, without privileges, and with nothing of the machine's own nginx;
 * closing it ends it.
 */
public final class Nginx implements AutoCloseable {

  static final int PORT = 8080;
  private static final String NOBODY = "65534";

  private final Child child;

  private Nginx(Child child) {
    this.child = child;
  }

  /** Returns when it listens. */
  public static Nginx start(Place place, Scratch scratch) {
    Path prefix = scratch.file("nginx");
    Inet4Address address = (Inet4Address) place.ipv4();
    try (InputStream template = Nginx.class.getResourceAsStream("nginx.conf")) {
      String conf =
          new String(template.readAllBytes(), StandardCharsets.UTF_8)
              .replace("@LISTEN@", address.getHostAddress() + ":" + PORT);
      Files.createDirectory(prefix);
      Files.setPosixFilePermissions(prefix, PosixFilePermissions.fromString("rwxrwxrwx"));
      Files.writeString(prefix.resolve("nginx.conf"), conf);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> command =
        List.of(
            "setpriv",
            "--reuid=" + NOBODY,
            "--regid=" + NOBODY,
            "--clear-groups",
            "--no-new-privs",
            "nginx",
            "-p",
            prefix.toString(),
            "-c",
            "nginx.conf");
    Child child = Child.start(place, scratch.file("nginx-output"), command);
    return new Nginx(child.awaitListening(address, PORT));
  }

  @Override
  public void close() {
    child.close();
  }
}
