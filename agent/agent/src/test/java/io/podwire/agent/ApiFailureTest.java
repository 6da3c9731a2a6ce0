package io.podwire.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.Test;

final class ApiFailureTest {

  @Test
  void aServerThatIsNotThereDoesNotAnswer() {
    Config nowhere =
        new ConfigBuilder()
            .withMasterUrl("http://127.0.0.1:1")
            .withRequestRetryBackoffLimit(0)
            .build();
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(nowhere).build()) {
      assertThat(ApiFailure.why(failure(client)))
          .startsWith("the API server does not answer: ")
          .endsWith(": is KUBECONFIG right?");
    }
  }

  @Test
  void whatAServerForbidsIsSaidInItsWords() {
    try (ApiInMemory api = new ApiInMemory()) {
      api.forbid("GET /api/v1/pods");

      assertThat(ApiFailure.what(failure(api.client())))
          .isEqualTo("not allowed: forbidden: GET /api/v1/pods");
      assertThat(ApiFailure.why(failure(api.client())))
          .isEqualTo("not allowed: forbidden: GET /api/v1/pods: use an admin's kubeconfig");
    }
  }

  private static KubernetesClientException failure(KubernetesClient client) {
    return catchThrowableOfType(
        KubernetesClientException.class, () -> client.pods().inAnyNamespace().list());
  }
}
