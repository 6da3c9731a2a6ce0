package io.podwire.agent;

import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.HashMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.logging.Level;
import java.util.logging.Logger;

/** An API server in memory, which refuses what it is told to refuse. */
public class ApiInMemory implements AutoCloseable {

  /** Held, or its level would go with it: a line for each request is too much. */
  private static final Logger MOCK = Logger.getLogger("io.fabric8.mockwebserver");

  static {
    MOCK.setLevel(Level.OFF);
  }

  private static final String OBSERVED = "observed";

  private final KubernetesMockServer server =
      new KubernetesMockServer(
          new Context(), new MockWebServer(), new HashMap<>(), new Objects(), false);
  private final KubernetesClient client;
  private final KubernetesClient observed;
  private final Set<String> rights = new ConcurrentSkipListSet<>();
  private volatile Optional<String> forbidden = Optional.empty();

  private final class Objects extends KubernetesCrudDispatcher {

    @Override
    public MockResponse dispatch(RecordedRequest request) {
      if (OBSERVED.equals(request.getHeader("User-Agent"))) {
        rights.addAll(Rights.of(request));
      }
      String what = request.method() + " " + request.getPath().replaceFirst("\\?.*", "");
      return forbidden.filter(what::startsWith).isPresent()
          ? refusal(what)
          : answer(request).orElseGet(() -> super.dispatch(request));
    }

    // fabric8's knows no field selectors of spec
    @Override
    public MockResponse handleGet(String path) {
      return super.handleGet(path.replaceFirst("fieldSelector=spec[^&]*&?", ""));
    }
  }

  public ApiInMemory() {
    server.init();
    client = server.createClient();
    observed =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder(client.getConfiguration()).withUserAgent(OBSERVED).build())
            .build();
  }

  public final KubernetesClient client() {
    return client;
  }

  /** Another client, whose requests are noted. */
  public final KubernetesClient observed() {
    return observed;
  }

  /** What the requests of {@link #observed} took, such as {@code get pods/log}. */
  public final Set<String> rights() {
    return rights;
  }

  /** Refuses requests that begin so: a method and a path. */
  public final void forbid(String request) {
    forbidden = Optional.of(request);
  }

  /** Answers what is about no object; empty where it is about one. */
  protected Optional<MockResponse> answer(RecordedRequest request) {
    return Optional.empty();
  }

  private static MockResponse refusal(String what) {
    return new MockResponse()
        .setResponseCode(403)
        .setBody(
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":403,\"message\":\"forbidden: "
                + what
                + "\"}");
  }

  @Override
  public final void close() {
    client.close();
    observed.close();
    server.destroy();
  }
}
