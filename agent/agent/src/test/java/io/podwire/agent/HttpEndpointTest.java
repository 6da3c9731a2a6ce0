package io.podwire.agent;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HttpEndpointTest {

  private static final String HALF = "GET /page HTTP/1.1\r\nHost: ";
  private static final String WHOLE = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";

  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
  }

  @Test
  void aPageIsServedAndOthersAreNot() throws Exception {
    HttpEndpoint endpoint = endpoint(Duration.ofSeconds(10), "hello\n");

    assertThat(get(endpoint, "/page")).isEqualTo("200 hello\n");
    assertThat(get(endpoint, "/page?some=query")).isEqualTo("200 hello\n");
    assertThat(get(endpoint, "/other")).isEqualTo("404 not found\n");
    assertThat(raw(endpoint, "HEAD /page HTTP/1.0\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ")
        .contains("Content-Length: 6")
        .doesNotContain("hello");
    assertThat(raw(endpoint, "POST /page HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 405 ");
    assertThat(raw(endpoint, "nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(raw(endpoint, "GET /" + "x".repeat(8192 - 5))).startsWith("HTTP/1.1 431 ");
  }

  @Test
  void aRequestMayComeInPieces() throws Exception {
    HttpEndpoint endpoint = endpoint(Duration.ofSeconds(10), "hello\n");
    try (Socket socket = new Socket("127.0.0.1", port(endpoint))) {
      socket.setTcpNoDelay(true);
      for (byte one : WHOLE.getBytes(US_ASCII)) {
        socket.getOutputStream().write(one);
      }
      assertThat(all(socket)).endsWith("\r\n\r\nhello\n");
    }
  }

  @Test
  void aPageThatCannotBeMadeIsAnError() throws Exception {
    HttpEndpoint endpoint =
        HttpEndpoint.at(new InetSocketAddress("127.0.0.1", 0), "--listen", Duration.ofSeconds(10));
    opened.add(endpoint);
    endpoint
        .serve(
            "/page",
            () -> {
              throw new IllegalStateException("no kernel");
            })
        .start();

    assertThat(get(endpoint, "/page")).isEqualTo("500 no kernel\n");
    assertThat(get(endpoint, "/page")).as("and again").isEqualTo("500 no kernel\n");
  }

  @Test
  void whatAPostBeginsMayTakeItsTimeAndKeepsNobodyOut() throws Exception {
    CompletableFuture<HttpEndpoint.Answer> late = new CompletableFuture<>();
    List<String> queries = new CopyOnWriteArrayList<>();
    HttpEndpoint endpoint =
        HttpEndpoint.at(new InetSocketAddress("127.0.0.1", 0), "--listen", Duration.ofSeconds(10))
            .serve("/page", () -> HttpEndpoint.Answer.ok("hello"))
            .accept(
                "/work",
                query -> {
                  queries.add(query);
                  return late;
                })
            .accept(
                "/fails",
                query -> {
                  throw new IllegalStateException("no kernel");
                })
            .start();
    opened.add(endpoint);
    try (Socket waiting = new Socket("127.0.0.1", port(endpoint));
        Socket goesAway = new Socket("127.0.0.1", port(endpoint))) {
      byte[] post = "POST /work?a=b&c HTTP/1.1\r\n\r\n".getBytes(US_ASCII);
      waiting.getOutputStream().write(post);
      goesAway.getOutputStream().write(post);
      await().until(() -> queries.equals(List.of("a=b&c", "a=b&c")));
      goesAway.close();
      assertThat(get(endpoint, "/page")).isEqualTo("200 hello\n");

      late.complete(HttpEndpoint.Answer.ok("done"));

      assertThat(all(waiting)).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\ndone\n");
    }
    assertThat(raw(endpoint, "POST /fails HTTP/1.1\r\n\r\n")).endsWith("no kernel\n");
    assertThat(raw(endpoint, "POST /page HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 405 ");
    assertThat(get(endpoint, "/work")).isEqualTo("404 not found\n");
  }

  @Test
  void whoWaitsTooLongForItsAnswerIsCutOff() throws Exception {
    HttpEndpoint endpoint =
        HttpEndpoint.at(new InetSocketAddress("127.0.0.1", 0), "--listen", Duration.ofMillis(100))
            .accept("/work", query -> new CompletableFuture<>())
            .start();
    opened.add(endpoint);

    assertThat(raw(endpoint, "POST /work HTTP/1.1\r\n\r\n")).isEmpty();
  }

  @Test
  void rootAloneMayAskAtAUnixSocketWhichReplacesOneThatWasLeftAndGoesWithIt(@TempDir Path directory)
      throws Exception {
    Path path = directory.resolve("socket");
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(path))
        .close(); // the file stays
    HttpEndpoint endpoint =
        HttpEndpoint.at(path, "--cni-socket", Duration.ofSeconds(10))
            .serve("/page", () -> HttpEndpoint.Answer.ok("hello"))
            .start();
    opened.add(endpoint);

    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      client.write(ByteBuffer.wrap(WHOLE.getBytes(US_ASCII)));
      assertThat(new String(Channels.newInputStream(client).readAllBytes(), US_ASCII))
          .endsWith("\r\n\r\nhello\n");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
    assertThat(endpoint).hasToString(path.toString());
    endpoint.close();
    assertThat(path).doesNotExist();
  }

  @Test
  void aUnixSocketThatCannotBeIsRefusedInOneLine(@TempDir Path directory) {
    Path missing = directory.resolve("no/socket");
    assertThatThrownBy(() -> HttpEndpoint.at(missing, "--cni-socket", Duration.ofSeconds(10)))
        .isInstanceOf(AgentException.class)
        .hasMessageStartingWith("cannot listen on " + missing + ": ")
        .hasMessageEndingWith(": name another --cni-socket");
    Path tooLong = directory.resolve("x".repeat(108));
    assertThatThrownBy(() -> HttpEndpoint.at(tooLong, "--cni-socket", Duration.ofSeconds(10)))
        .isInstanceOf(AgentException.class)
        .hasMessageContaining("too long");
  }

  @Test
  void fiveHundredHalfSentRequestsKeepNobodyOut() throws Exception {
    HttpEndpoint endpoint = endpoint(Duration.ofMinutes(10), "hello\n");
    for (int client = 0; client < 500; client++) {
      slow(endpoint, HALF);
      if (client % 50 == 0) {
        assertThat(get(endpoint, "/page")).isEqualTo("200 hello\n");
      }
    }
    assertThat(get(endpoint, "/page")).isEqualTo("200 hello\n");
  }

  @Test
  void fiveHundredClientsThatDoNotReadTheirAnswerKeepNobodyOut() throws Exception {
    HttpEndpoint endpoint = endpoint(Duration.ofMinutes(10), "x".repeat(200_000));
    for (int client = 0; client < 500; client++) {
      slow(endpoint, WHOLE);
    }
    assertThat(get(endpoint, "/other")).isEqualTo("404 not found\n");
  }

  @Test
  void whoTakesTooLongIsCutOff() throws Exception {
    HttpEndpoint endpoint = endpoint(Duration.ofMillis(100), "x".repeat(8_000_000));
    SocketChannel silent = slow(endpoint, "");
    SocketChannel half = slow(endpoint, HALF);
    SocketChannel reader = slow(endpoint, WHOLE);

    await().until(() -> isCutOff(silent));
    await().until(() -> isCutOff(half));
    long read = 0;
    ByteBuffer some = ByteBuffer.allocate(65_536);
    reader.configureBlocking(true);
    try {
      for (int got = 0; got >= 0; got = reader.read(some.clear())) {
        read += got;
      }
    } catch (IOException e) {
      // reset, with what it did not read
    }
    assertThat(read).isLessThan(8_000_000);
  }

  @Test
  void closingItFreesItsPort() throws Exception {
    HttpEndpoint endpoint = endpoint(Duration.ofMinutes(10), "hello\n");
    slow(endpoint, HALF);
    endpoint.close();

    HttpEndpoint next =
        HttpEndpoint.at((InetSocketAddress) endpoint.address(), "--listen", Duration.ofSeconds(10))
            .start();
    opened.add(next);
    assertThat(get(next, "/page")).isEqualTo("404 not found\n");
  }

  private HttpEndpoint endpoint(Duration patience, String page) {
    HttpEndpoint endpoint =
        HttpEndpoint.at(new InetSocketAddress("127.0.0.1", 0), "--listen", patience);
    opened.add(endpoint);
    return endpoint.serve("/page", () -> new HttpEndpoint.Answer(200, "text/plain", page)).start();
  }

  /** One that sends this, and then does nothing. */
  private SocketChannel slow(HttpEndpoint endpoint, String request) throws IOException {
    SocketChannel client = SocketChannel.open();
    client.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
    client.connect(endpoint.address());
    opened.add(client);
    client.write(ByteBuffer.wrap(request.getBytes(US_ASCII)));
    return client;
  }

  private static boolean isCutOff(SocketChannel client) throws IOException {
    client.configureBlocking(false);
    try {
      return client.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException e) {
      return true; // reset, with what it had sent
    }
  }

  private static String get(HttpEndpoint endpoint, String path)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port(endpoint) + path))
                    .timeout(Duration.ofSeconds(10))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  private static int port(HttpEndpoint endpoint) {
    return ((InetSocketAddress) endpoint.address()).getPort();
  }

  private static String raw(HttpEndpoint endpoint, String request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port(endpoint))) {
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      return all(socket);
    }
  }

  private static String all(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), US_ASCII);
  }
}
