package io.podwire.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.podwire.datapath.Adoption;
import io.podwire.datapath.Build;
import io.podwire.datapath.Counter;
import io.podwire.datapath.Guard;
import io.podwire.datapath.LeavingTimes;
import io.podwire.datapath.Settings;
import io.podwire.datapath.Status;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;

/**
 * The JSON form of a status. Its schema is documented in {@code docs/accelctl.md} and only ever
 * grows.
 */
final class StatusDocument {

  private StatusDocument() {}

  static void write(Status status, PrintWriter out) {
    write(status, Optional.empty(), out);
  }

  /** With what came of an adoption that was made. */
  static void write(Status status, Optional<Adoption> made, PrintWriter out) {
    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeStringField("state", status.state().toString());
      json.writeStringField("decided_by", status.authority().toString());
      if (status.build().isPresent()) {
        write(json, status.build().get());
      } else {
        json.writeNullField("generation");
        json.writeNullField("build");
      }
      if (status.another().isPresent()) {
        json.writeObjectFieldStart("another");
        write(json, status.another().get());
        json.writeEndObject();
      } else {
        json.writeNullField("another");
      }
      json.writeNumberField("selected", status.selected());
      json.writeNumberField("excluded", status.excluded());
      json.writeNumberField("flows", status.flows());
      json.writeObjectFieldStart("counters");
      for (Counter counter : Counter.values()) {
        json.writeNumberField(counter.toString(), status.counters().get(counter));
      }
      json.writeEndObject();
      if (status.redirectedShare().isPresent()) {
        json.writeNumberField("redirected_share", status.redirectedShare().getAsDouble());
      } else {
        json.writeNullField("redirected_share");
      }
      Settings settings = status.settings();
      json.writeObjectFieldStart("settings");
      json.writeNumberField("max_backlog_bytes", settings.maxBacklogBytes());
      json.writeNumberField("max_backlog_messages", settings.maxBacklogMessages());
      json.writeNumberField("max_flows", settings.maxFlows());
      json.writeNumberField("break_even_messages", settings.breakEvenMessages());
      json.writeNumberField("max_backlog_memory", settings.maxBacklogMemory());
      json.writeStringField("gears", settings.gears().toString());
      json.writeEndObject();
      json.writeBooleanField("gears_in_force", status.gearsInForce());
      json.writeArrayFieldStart("guards");
      for (Guard guard : status.guards()) {
        json.writeString(guard.toString());
      }
      json.writeEndArray();
      json.writeArrayFieldStart("protections");
      for (String protection : status.protections()) {
        json.writeString(protection);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("incompatible_containers");
      for (Map.Entry<Long, Counter> container : status.containers().entrySet()) {
        json.writeStartObject();
        json.writeNumberField("cgroup_id", container.getKey());
        json.writeStringField("reason", container.getValue().toString());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("incompatible_clients");
      for (Map.Entry<Counter, Integer> clients : status.clients().entrySet()) {
        json.writeStartObject();
        json.writeStringField("reason", clients.getKey().toString());
        json.writeNumberField("count", clients.getValue());
        json.writeEndObject();
      }
      json.writeEndArray();
      LeavingTimes leaving = status.leavingTimes();
      json.writeObjectFieldStart("leaving");
      json.writeNumberField("now", status.leaving());
      json.writeNumberField("left", leaving.count());
      json.writeNumberField("flows", leaving.count()); // the first name of left
      json.writeNumberField("p50_us", leaving.microseconds(0.5));
      json.writeNumberField("p99_us", leaving.microseconds(0.99));
      json.writeNumberField("max_us", leaving.microseconds(1));
      json.writeEndObject();
      json.writeArrayFieldStart("draining");
      for (Map.Entry<Build, Integer> set : status.draining().entrySet()) {
        json.writeStartObject();
        write(json, set.getKey());
        json.writeNumberField("flows", set.getValue());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("warnings");
      for (String warning : status.warnings()) {
        json.writeString(warning);
      }
      json.writeEndArray();
      if (made.isPresent()) {
        json.writeFieldName("adoption");
        AdoptionAnswer.write(json, made.get());
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out.println();
  }

  /** Its fields: {@code build} is null for a release that kept none. */
  static void write(JsonGenerator json, Build build) throws IOException {
    json.writeNumberField("generation", build.generation());
    if (build.sha256().isEmpty()) {
      json.writeNullField("build");
    } else {
      json.writeStringField("build", build.sha256());
    }
  }
}
