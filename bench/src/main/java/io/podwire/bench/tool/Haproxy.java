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
import java.util.List;

/**
 * An HAProxy that relays HTTP, with one thread and without privileges, in front of an {@link Nginx}
 * of its own in the same place; closing it ends both.
 */
public final class Haproxy implements AutoCloseable {

  private final Nginx origin;
  private final Child child;

  private Haproxy(Nginx origin, Child child) {
    this.origin = origin;
    this.child = child;
  }

  /**
   * Starts both; returns when they listen.
   *
   * @param origin where its nginx is to listen
   */
  public static Haproxy start(Place place, Endpoint listen, Endpoint origin, Scratch scratch) {
    Path config = scratch.file("haproxy.cfg");
    try (InputStream template = Haproxy.class.getResourceAsStream("haproxy.cfg")) {
      Files.writeString(
          config,
          new String(template.readAllBytes(), StandardCharsets.UTF_8)
              .replace("@LISTEN@", listen.toString())
              .replace("@ORIGIN@", origin.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Nginx nginx = Nginx.start(place, origin, scratch);
    List<String> command = Unprivileged.command("haproxy", "-db", "-f", config.toString());
    try {
      Child child = Child.start(place, scratch.file("haproxy-output"), "haproxy", command);
      return new Haproxy(nginx, child.awaitListening(listen.address(), listen.port()));
    } catch (RuntimeException e) {
      nginx.close();
      throw e;
    }
  }

  @Override
  public void close() {
    child.close();
    origin.close();
  }
}
