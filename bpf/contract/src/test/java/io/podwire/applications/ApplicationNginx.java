package io.podwire.applications;

import io.podwire.testbed.Place;
import io.podwire.testbed.Unprivileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An nginx without privileges, with everything that it writes in a directory of its own. */
final class ApplicationNginx {

  private static final InstalledProgram NGINX = new InstalledProgram("nginx", "nginx-light");

  private ApplicationNginx() {}

  /**
   * Starts one that serves files on {@code port}, and stores what is put below {@code /uploaded/}.
   *
   * @return the root of its documents
   */
  static Path serveFiles(Run run, Place place, int port, String... listenOptions)
      throws IOException {
    String server =
        """
        server {
          listen %s:%d %s;
          location /uploaded {
            dav_methods PUT;
            create_full_put_path on;
          }
        }
        """;
    String options = String.join(" ", listenOptions);
    return serve(run, place, port, server.formatted(place.ipv4().getHostAddress(), port, options));
  }

  /**
   * Starts one.
   *
   * @param http its servers: directives of the {@code http} block
   * @return the root of its documents
   */
  static Path serve(Run run, Place place, int port, String http) throws IOException {
    Path directory = run.directory("nginx");
    Path files = Files.createDirectory(directory.resolve("files"));
    Files.setPosixFilePermissions(files, Files.getPosixFilePermissions(directory));
    String conf =
        """
        daemon off;
        worker_processes 2;
        pid nginx.pid;
        error_log stderr;
        events {
          worker_connections 1024;
        }
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
          client_max_body_size 0;
          root files;
          %s
        }
        """
            .formatted(http);
    Files.writeString(directory.resolve("nginx.conf"), conf);
    run.serve(
        place,
        port,
        Unprivileged.command(NGINX.path(), "-p", directory.toString(), "-c", "nginx.conf"));
    return files;
  }
}
