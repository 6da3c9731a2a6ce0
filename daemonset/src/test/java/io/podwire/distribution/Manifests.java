package io.podwire.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;

/** Documents of Kubernetes objects: what kustomize makes of a directory of this module. */
final class Manifests {

  /** Knows of each kind which class of the model it is. */
  private static final KubernetesSerialization KINDS = new KubernetesSerialization();

  /**
   * Fails on fields that the model does not know, which it would keep without a word. The model of
   * the Prometheus operator's kinds is annotated for Jackson 2: without that, a part of an object
   * would be read as an object of its own.
   */
  private static final ObjectMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .annotationIntrospector(
              new JacksonAnnotationIntrospector() {
                @Override
                public Boolean hasAnySetter(MapperConfig<?> config, Annotated annotated) {
                  return false;
                }

                @Override
                public Object findDeserializer(MapperConfig<?> config, Annotated annotated) {
                  return annotated.getRawType().getName().startsWith("io.fabric8.openshift.")
                      ? null
                      : super.findDeserializer(config, annotated);
                }
              })
          .build();

  private Manifests() {}

  /** Skips a test where there is no kubectl that has kustomize. */
  static void requireKubectl() {
    boolean there =
        Completed.of(List.of("sh", "-c", "kubectl kustomize --help | grep -q enable-helm")).exit()
            == 0;
    if (!there) {
      System.out.println("skipped: manifests: there is no kubectl 1.21 or newer");
    }
    assumeTrue(there, "kubectl 1.21 or newer");
  }

  /** What {@code kubectl kustomize} makes of a directory. */
  static List<JsonNode> kustomize(String directory) {
    Completed rendered = Completed.of(List.of("kubectl", "kustomize", directory));
    assertThat(rendered.exit()).as(rendered.err()).isZero();
    assertThat(rendered.err()).isEmpty();
    return documents(rendered.out());
  }

  /** A directory with a kustomization of an overlay with a component. */
  static String with(String component, String overlay) {
    Path made = Path.of("target", component, overlay);
    Path root = made.toAbsolutePath().relativize(Path.of("").toAbsolutePath());
    try {
      Files.createDirectories(made);
      Files.writeString(
          made.resolve("kustomization.yaml"),
          """
          apiVersion: kustomize.config.k8s.io/v1beta1
          kind: Kustomization
          resources:
            - %s
          components:
            - %s
          """
              .formatted(root.resolve(overlay), root.resolve("components").resolve(component)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return made.toString();
  }

  /** The documents of a stream in YAML. */
  static List<JsonNode> documents(String yaml) {
    return Stream.of(yaml.split("(?m)^---$"))
        .filter(document -> !document.isBlank())
        .map(document -> Serialization.unmarshal(document, JsonNode.class))
        .toList();
  }

  /** Fails on a field of an object, or a kind, that Kubernetes does not know. */
  static void requireKnownFields(JsonNode object) {
    Class<?> kind =
        KINDS.getRegisteredKubernetesResource(
            object.get("apiVersion").asString(), object.get("kind").asString());
    assertThat(kind).as("the model of %s", object.get("kind")).isNotNull();
    try {
      assertThat(STRICT.treeToValue(object, kind)).isInstanceOf(HasMetadata.class);
    } catch (JacksonException e) {
      throw new AssertionError(object.get("kind") + " has unknown fields", e);
    }
  }

  /** The objects of a kind. */
  static <T extends HasMetadata> List<T> objects(List<JsonNode> documents, Class<T> kind) {
    return documents.stream()
        .filter(document -> document.get("kind").asString().equals(kind.getSimpleName()))
        .map(document -> Serialization.unmarshal(document.toString(), kind))
        .toList();
  }
}
