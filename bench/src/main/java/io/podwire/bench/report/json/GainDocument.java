package io.podwire.bench.report.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.podwire.bench.PairedRatio;
import io.podwire.bench.model.Gain;

/** A gain in {@code report.json}. */
record GainDocument(
    @JsonProperty(required = true) String name,
    @JsonProperty(required = true) String group,
    @JsonProperty(required = true) String title,
    double ratio,
    double low,
    double high) {

  static GainDocument of(Gain gain) {
    PairedRatio ratio = gain.ratio();
    return new GainDocument(
        gain.name(), gain.group(), gain.title(), ratio.value(), ratio.low(), ratio.high());
  }

  Gain gain() {
    return new Gain(name, group, title, new PairedRatio(ratio, low, high));
  }
}
