package io.podwire.datapath;

import java.net.InetAddress;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * All that {@code accelctl enable} says at once.
 *
 * @param limits makes of the settings in force those that are to hold; see {@link
 *     Datapath#configure}
 * @param consent is shown what is loaded, before anything else is done with it, and throws where it
 *     is not good enough
 * @param excluded prefixes that are added to those whose connections do not join
 * @param selected prefixes that are added to those whose connections join
 * @param nodeAddresses of this node, in place of those of before
 * @param joins whether new connections join afterwards, as an operator on the node wants; is shown
 *     what is loaded
 */
public record EnablePlan(
    UnaryOperator<Settings> limits,
    Consumer<Status> consent,
    Collection<Prefix> excluded,
    Collection<Prefix> selected,
    Collection<InetAddress> nodeAddresses,
    Predicate<Status> joins) {}
