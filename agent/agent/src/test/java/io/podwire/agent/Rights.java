package io.podwire.agent;

import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a request to the API server takes: verbs of RBAC, each with its resource. */
final class Rights {

  private static final Pattern PATH =
      Pattern.compile(
          "/(?:api|apis/[^/]+)/v\\w+(?:/namespaces/[^/]+)?/(?<resource>\\w+)(?<name>/[^/?]+)?"
              + "(?<subresource>/\\w+)?(?:\\?.*)?");

  private Rights() {}

  /** None for what everybody may ask, such as the server's version. */
  static Set<String> of(RecordedRequest request) {
    Matcher object = PATH.matcher(request.getPath());
    if (!object.matches()) {
      return Set.of();
    }
    String subresource = object.group("subresource") == null ? "" : object.group("subresource");
    String resource = " " + object.group("resource") + subresource;
    if (subresource.equals("/exec")) {
      // Kubernetes 1.35 asks for create, too, where a connection is upgraded to a WebSocket.
      return Set.of("get" + resource, "create" + resource);
    }
    return switch (request.method()) {
      case GET -> Set.of((object.group("name") == null ? "list" : "get") + resource);
      case POST -> Set.of("create" + resource);
      default -> Set.of(request.method().name().toLowerCase(Locale.ROOT) + resource);
    };
  }
}
