package io.podwire.check;

import java.util.regex.Pattern;

/** What a {@link KnownLimit} explains of what was observed: anything else is no known limit. */
enum Symptom {
  ANY(""),
  /** A call that failed with EAGAIN, beside which no byte was wrong and nothing hung. */
  EAGAIN(Symptom.UNHARMED + ".*EAGAIN"),
  /** A call that was refused, beside which no byte was wrong and nothing hung. */
  REFUSAL(Symptom.UNHARMED + ".*(EPERM|ENOPROTOOPT|EOPNOTSUPP|ENOENT)"),
  /** A reader that waits for an edge, while every byte is there. */
  UNWOKEN(Symptom.UNHARMED + ".*no more edges, intact: yes, all sent: yes");

  private static final String UNHARMED = "(?!.*(EILSEQ|wrong bytes|intact: no|sent: no|hangs))";

  private final Pattern pattern;

  Symptom(String pattern) {
    this.pattern = Pattern.compile(pattern);
  }

  boolean explains(String accelerated) {
    return pattern.matcher(accelerated).lookingAt();
  }
}
