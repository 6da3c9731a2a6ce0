package io.podwire.bench.tool;

import io.podwire.testbed.Child;
import io.podwire.testbed.Place;
import io.podwire.testbed.Scratch;
import io.podwire.testbed.Unprivileged;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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

  /** Bytes of the file that it serves at {@link #FILE_PATH}. */
  public static final int FILE_SIZE = 64 << 10;

  /**
   * Path of a file that it sends by {@code sendfile(2)}, with the head of its answer corked before
   * it ({@code tcp_nopush}).
   */
  public static final String FILE_PATH = "/files/64k";

  static final int PORT = 8080;

  private final Child child;

  private Nginx(Child child) {
    this.child = child;
  }

  /** Starts one at the place's IPv4 address, on port 8080; returns when it listens. */
  public static Nginx start(Place place, Scratch scratch) {
    return start(place, new Endpoint(place.ipv4(), PORT), scratch);
  }

  /** Starts one; returns when it listens. */
  public static Nginx start(Place place, Endpoint listen, Scratch scratch) {
    Path prefix = scratch.file("nginx");
    try (InputStream template = Nginx.class.getResourceAsStream("nginx.conf")) {
      String conf =
          new String(template.readAllBytes(), StandardCharsets.UTF_8)
              .replace("@LISTEN@", listen.toString());
      Files.createDirectory(prefix);
      Files.setPosixFilePermissions(prefix, PosixFilePermissions.fromString("rwxrwxrwx"));
      Files.writeString(prefix.resolve("nginx.conf"), conf);
      Path file = prefix.resolve(FILE_PATH.substring(1));
      Files.createDirectory(file.getParent());
      Files.write(file, new byte[FILE_SIZE]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> command =
        Unprivileged.command("nginx", "-p", prefix.toString(), "-c", "nginx.conf");
    Child child = Child.start(place, scratch.file("nginx-output"), "nginx", command);
    return new Nginx(child.awaitListening(listen.address(), listen.port()));
  }

  @Override
  public void close() {
    child.close();
  }
}
