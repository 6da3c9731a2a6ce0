package io.podwire.agent;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Pages by their paths, and the bytes of HTTP/1 that answer a request for one. */
final class HttpPages {

  static final String TEXT = "text/plain; charset=utf-8";

  private final Map<String, Supplier<HttpEndpoint.Answer>> pages = new HashMap<>();
  private final Map<String, Function<String, CompletableFuture<HttpEndpoint.Answer>>> posts =
      new HashMap<>();

  /** Adds a page, which is made anew for each request. */
  void add(String path, Supplier<HttpEndpoint.Answer> page) {
    pages.put(path, page);
  }

  /** Adds what is done about a POST, of which the query is read and no body. */
  void addPost(String path, Function<String, CompletableFuture<HttpEndpoint.Answer>> work) {
    posts.put(path, work);
  }

  /** The answer to a request, of which at least the header is there; it may come later. */
  CompletableFuture<ByteBuffer> answer(String request) {
    String[] words = request.substring(0, request.indexOf("\r\n")).split(" ");
    if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
      return now(refusal(400, "no request of HTTP/1"), true);
    }
    String[] target = words[1].split("\\?", 2);
    boolean posted = words[0].equals("POST") && posts.containsKey(target[0]);
    boolean head = words[0].equals("HEAD");
    if (!posted && !head && !words[0].equals("GET")) {
      return now(refusal(405, "only GET and HEAD"), true);
    }
    if (posted) {
      return done(posts.get(target[0]), target.length < 2 ? "" : target[1])
          .thenApply(answer -> rendered(answer, true));
    }
    Supplier<HttpEndpoint.Answer> page = pages.get(target[0]);
    return now(page == null ? refusal(404, "not found") : made(page), !head);
  }

  private static CompletableFuture<ByteBuffer> now(HttpEndpoint.Answer answer, boolean withBody) {
    return CompletableFuture.completedFuture(rendered(answer, withBody));
  }

  private static CompletableFuture<HttpEndpoint.Answer> done(
      Function<String, CompletableFuture<HttpEndpoint.Answer>> work, String query) {
    return CompletableFuture.completedFuture(query)
        .thenCompose(work)
        .exceptionally(failure -> refusal(500, RootCause.messageOf(failure)));
  }

  /** The answer to a request that there is no room for. */
  static ByteBuffer tooLong() {
    return rendered(refusal(431, "the request is too long"), true);
  }

  private static HttpEndpoint.Answer refusal(int code, String why) {
    return new HttpEndpoint.Answer(code, TEXT, why + "\n");
  }

  private static HttpEndpoint.Answer made(Supplier<HttpEndpoint.Answer> page) {
    try {
      return page.get();
    } catch (RuntimeException e) {
      return refusal(500, e.getMessage());
    }
  }

  private static ByteBuffer rendered(HttpEndpoint.Answer answer, boolean withBody) {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    byte[] head =
        ("HTTP/1.1 "
                + answer.code()
                + " \r\nContent-Type: "
                + answer.type()
                + "\r\nContent-Length: "
                + body.length
                + "\r\nConnection: close\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    ByteBuffer rendered = ByteBuffer.allocate(head.length + body.length).put(head);
    return (withBody ? rendered.put(body) : rendered).flip();
  }
}
