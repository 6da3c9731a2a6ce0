package io.podwire.agent;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One kind of object, followed at the API server; what matters of each object is worked out once
 * for each of its versions.
 *
 * @param <T> the kind
 * @param <F> what matters of it
 */
final class Watched<T extends HasMetadata, F> implements ResourceEventHandler<T>, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Watched.class);

  private final String resource;
  private final SharedIndexInformer<T> informer;
  private final Function<T, Optional<F>> reading;
  private final Runnable changed;
  private final Map<String, F> facts = new ConcurrentHashMap<>();
  private volatile Optional<String> problem;
  private volatile boolean known;

  /**
   * @param kept what the informer keeps of an object; all that {@code reading} reads
   * @param reading what matters of an object; empty where it does not concern this node
   */
  Watched(
      String resource,
      Informable<T> objects,
      UnaryOperator<T> kept,
      Function<T, Optional<F>> reading,
      Runnable changed) {
    this.resource = resource;
    this.reading = reading;
    this.changed = changed;
    this.problem = Optional.of(resource + " not read yet");
    this.informer = objects.runnableInformer(0);
    informer.itemStore(
        new BasicItemStore<>(Watched::key) {
          @Override
          public T put(String key, T object) {
            return super.put(key, kept.apply(object));
          }
        });
    informer.addEventHandler(this);
    // Without it an informer gives up after a first list that fails.
    informer.exceptionHandler(
        (started, failure) -> {
          failed(failure);
          return true;
        });
  }

  void start() {
    informer.start();
  }

  private void failed(Throwable failure) {
    String why =
        failure instanceof KubernetesClientException api && api.getCode() == 403
            ? "cannot read "
                + resource
                + ": forbidden: grant get, list and watch to the agent's account"
            : "cannot read " + resource + " from the API server: " + rootOf(failure);
    if (!problem.equals(Optional.of(why))) {
      LOG.warn("watch failed resource={} reason=\"{}\"; trying again", resource, why);
      problem = Optional.of(why);
      changed.run();
    }
  }

  private static String rootOf(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message =
        root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /** Read at least once; its facts are complete from then on. */
  boolean isKnown() {
    if (!known && informer.hasSynced()) {
      // The informer's store is complete before its events have come.
      informer.getStore().list().forEach(this::put);
      known = true;
    }
    if (known && problem.isPresent() && informer.isWatching()) {
      LOG.info("watch connected resource={} objects={}", resource, facts.size());
      problem = Optional.empty();
    }
    return known;
  }

  boolean isWatching() {
    return informer.isWatching();
  }

  /** Why it is not followed now. */
  Optional<String> problem() {
    if (problem.isEmpty() && !informer.isWatching()) {
      return Optional.of("watch of " + resource + " is interrupted");
    }
    return problem;
  }

  /** By namespace/name, or name. */
  Map<String, F> facts() {
    return facts;
  }

  private boolean put(T object) {
    Optional<F> now = reading.apply(object);
    F before = now.isPresent() ? facts.put(key(object), now.get()) : facts.remove(key(object));
    return !Optional.ofNullable(before).equals(now);
  }

  private static String key(HasMetadata object) {
    String namespace = object.getMetadata().getNamespace();
    return (namespace == null ? "" : namespace + "/") + object.getMetadata().getName();
  }

  @Override
  public void onAdd(T object) {
    if (put(object)) {
      changed.run();
    }
  }

  @Override
  public void onUpdate(T before, T object) {
    onAdd(object);
  }

  @Override
  public void onDelete(T object, boolean stateUnknown) {
    if (facts.remove(key(object)) != null) {
      changed.run();
    }
  }

  @Override
  public void onNothing() {
    changed.run(); // an empty list is news too: it was read
  }

  @Override
  public void close() {
    informer.close();
  }
}
