package io.podwire.agent;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One kind of object, followed at the API server; what matters of each object is worked out once
 * for each of its versions, and nothing else of it is kept.
 *
 * @param <T> the kind
 * @param <F> what matters of it
 */
final class Informed<T extends HasMetadata, F> implements ResourceEventHandler<T>, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Informed.class);

  private final String resource;
  private final SharedIndexInformer<T> informer;
  private final Function<T, Optional<F>> reading;
  private final Runnable changed;
  private final Map<String, F> facts = new ConcurrentHashMap<>();

  /** Why this kind was not followed when that was noted last; empty where it was. */
  private volatile Optional<String> problem;

  private volatile boolean listed;

  /**
   * @param bare an object that says nothing, for the informer's store
   * @param reading what matters of an object; empty where it does not concern this node
   */
  Informed(
      String resource,
      Informable<T> objects,
      Supplier<T> bare,
      Function<T, Optional<F>> reading,
      Runnable changed) {
    this.resource = resource;
    this.reading = reading;
    this.changed = changed;
    this.problem = Optional.of(resource + " not read yet");
    this.informer = objects.runnableInformer(0);
    informer.itemStore(
        new BasicItemStore<>(Informed::key) {
          @Override
          public T put(String key, T object) {
            Informed.this.put(key, object);
            return super.put(key, identityOf(object, bare.get()));
          }

          @Override
          public T remove(String key) {
            forget(key);
            return super.remove(key);
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

  /** What it is called. */
  String resource() {
    return resource;
  }

  private void failed(Throwable failure) {
    String why =
        RootCause.of(failure) instanceof KubernetesClientException api && api.getCode() == 403
            ? "cannot read "
                + resource
                + ": forbidden: grant get, list and watch to the agent's account"
            : "cannot read " + resource + " from the API server: " + RootCause.messageOf(failure);
    if (!problem.equals(Optional.of(why))) {
      LOG.warn("watch failed resource={} reason=\"{}\"; trying again", resource, why);
      problem = Optional.of(why);
      changed.run();
    }
  }

  /** Whether all objects were read at least once; the facts are complete from then on. */
  boolean isKnown() {
    return listed || informer.hasSynced();
  }

  boolean isWatching() {
    return informer.isWatching();
  }

  /** Why this kind is not followed now; empty where it is. */
  Optional<String> problem() {
    if (isFollowed()) {
      return Optional.empty();
    }
    return problem.or(() -> Optional.of("watch of " + resource + " is interrupted"));
  }

  private boolean isFollowed() {
    return isKnown() && isWatching();
  }

  /** Forgets why the kind was not followed once it is, since no informer tells that it is. */
  void noteConnection() {
    if (problem.isPresent() && isFollowed()) {
      LOG.info("watch connected resource={} objects={}", resource, facts.size());
      problem = Optional.empty();
    }
  }

  /** What matters of each object, by its namespace/name, or by the name of one without. */
  Map<String, F> facts() {
    return facts;
  }

  private void put(String key, T object) {
    Optional<F> now = reading.apply(object);
    Optional<F> before =
        Optional.ofNullable(now.isPresent() ? facts.put(key, now.get()) : facts.remove(key));
    if (!before.equals(now) && informer.hasSynced()) {
      changed.run();
    }
  }

  private void forget(String key) {
    if (facts.remove(key) != null) {
      changed.run();
    }
  }

  /** What an informer reads of the objects that it keeps, and nothing else. */
  private static <T extends HasMetadata> T identityOf(T object, T bare) {
    ObjectMeta metadata = new ObjectMeta();
    metadata.setNamespace(object.getMetadata().getNamespace());
    metadata.setName(object.getMetadata().getName());
    metadata.setUid(object.getMetadata().getUid());
    metadata.setResourceVersion(object.getMetadata().getResourceVersion());
    bare.setMetadata(metadata);
    return bare;
  }

  private static String key(HasMetadata object) {
    String namespace = object.getMetadata().getNamespace();
    return (namespace == null ? "" : namespace + "/") + object.getMetadata().getName();
  }

  @Override
  public void onList(String version, boolean empty) {
    listed = true;
    changed.run(); // whatever it says
  }

  @Override
  public void onAdd(T object) {
    // the store has read it
  }

  @Override
  public void onUpdate(T before, T object) {
    // the store has read it
  }

  @Override
  public void onDelete(T object, boolean stateUnknown) {
    // the store has forgotten it
  }

  @Override
  public void close() {
    informer.close();
  }
}
