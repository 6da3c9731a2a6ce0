package io.podwire.agent;

import java.util.Optional;

/**
 * Something to tell people.
 *
 * @param reason of the Event
 * @param message of the Event
 * @param log the line of the log; empty where another line says it
 */
record Notice(NodeEvents.Reason reason, String message, Optional<String> log) {}
