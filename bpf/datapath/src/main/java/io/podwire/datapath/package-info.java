/**
 * The datapath of one node, over the kernel programs.
 *
 * <p>Begin with {@link io.podwire.datapath.DatapathView}, what can be read, and {@link
 * io.podwire.datapath.Datapath}, what can be changed. {@code KernelDatapath} is the real one:
 *
 * <ul>
 *   <li>{@code BuildAccess} opens the build that a verb works on, with the lock or without.
 *   <li>{@code PinDirectory} has every build that is pinned; {@code Pins} the names below it.
 *   <li>{@code PinnedBuild} is one build: a table for each kind of map ({@code SettingsTable},
 *       {@code SelectionTable}, ...) and its {@code PinnedPrograms}.
 *   <li>{@code Layout} has the structs that lie in the maps, as {@code flow.h} has them.
 *   <li>{@code Loader} loads one build; {@code Takeover} has connections join it instead of the one
 *       of before; {@code Unload} removes all; {@code Adopter} has open connections join.
 *   <li>{@code StatusReader}, {@code Warnings} and {@code FlowReader} say what there is.
 * </ul>
 *
 * <p>Pinned objects outlive the process. A {@code PinnedBuild} holds the descriptors of the maps
 * that it opened until it is closed, by whoever made it or got it from a {@code PinDirectory}.
 */
package io.podwire.datapath;
