package io.podwire.applications;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Java's own HTTP client against a server with {@code /echo} and {@code /body}. The main method is
 * what runs in a pod.
 */
final class HttpCalls {

  private static final int SMALL_BODIES = 500;
  private static final int LARGE_BYTES = 30_000_000;

  private HttpCalls() {}

  public static void main(String[] args) throws Exception {
    String server = "http://" + args[0] + ":" + args[1];
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    for (int i = 0; i < SMALL_BODIES; i++) {
      echo(client, server, 2 * i);
    }
    echo(client, server, LARGE_BYTES);
    echo(client, server, LARGE_BYTES);
    System.out.println(SMALL_BODIES + " small ones and 2 large ones came back");

    HttpRequest get = HttpRequest.newBuilder(URI.create(server + "/body")).build();
    for (int i = 0; i < 3; i++) {
      byte[] file = ok(client.send(get, BodyHandlers.ofByteArray()));
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(file);
      System.out.println(file.length + " " + HexFormat.of().formatHex(sum));
    }
  }

  private static void echo(HttpClient client, String server, int bytes) throws Exception {
    byte[] body = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      body[i] = (byte) (i % 251);
    }
    HttpRequest post =
        HttpRequest.newBuilder(URI.create(server + "/echo"))
            .POST(BodyPublishers.ofByteArray(body))
            .build();
    if (!Arrays.equals(body, ok(client.send(post, BodyHandlers.ofByteArray())))) {
      throw new IllegalStateException("another body came back for one of " + bytes + " bytes");
    }
  }

  private static byte[] ok(HttpResponse<byte[]> response) {
    if (response.statusCode() != 200) {
      throw new IllegalStateException(response.toString());
    }
    return response.body();
  }
}
