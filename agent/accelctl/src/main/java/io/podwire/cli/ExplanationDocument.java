package io.podwire.cli;

import io.podwire.agent.Names;
import io.podwire.datapath.Reason;
import java.util.List;

/** The JSON form of an explanation; {@code docs/accelctl.md} has its schema. */
record ExplanationDocument(List<String> sentences, int joined, int notJoined, List<Entry> reasons) {

  /** Why connections of a client and a listener did not join, or went back to TCP. */
  record Entry(
      String client, String listener, long netnsCookie, String reason, int times, long ageSeconds) {

    static Entry of(Reason reason) {
      return new Entry(
          reason.client().getHostAddress(),
          Names.endpoint(reason.listener()),
          reason.netns(),
          reason.why().toString(),
          reason.times(),
          Explanation.ageSeconds(reason));
    }
  }

  static ExplanationDocument of(Explanation explanation) {
    return new ExplanationDocument(
        explanation.sentences(),
        explanation.joined(),
        explanation.notJoined(),
        explanation.reasons().stream().map(Entry::of).toList());
  }
}
