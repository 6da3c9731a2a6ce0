package io.podwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.cluster.NodeVerification;
import io.podwire.cluster.SeenFlow;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@code accelctl verify} prints. */
final class VerificationAnswerTest {

  private static final VerificationAnswer ANSWER =
      new VerificationAnswer(
          List.of(
              new NodeVerification(
                  "worker-1", flow(41_021, 41_020), flow(977, 976), Optional.empty()),
              new NodeVerification(
                  "worker-2",
                  flow(7, 6),
                  Optional.empty(),
                  Optional.of("to 10.96.0.9: its connection did not join"))));

  @Test
  void thereIsALineForEachNode() {
    StringWriter text = new StringWriter();
    ANSWER.print(new PrintWriter(text));

    assertThat(text)
        .hasToString(
            """
            NODE      VERIFIED  POD-IP           SERVICE      WHY
            worker-1  yes       > 41021 < 41020  > 977 < 976
            worker-2  no        > 7 < 6          -            to 10.96.0.9: its connection did not join
            2 nodes, 1 verified
            """);
    assertThat(ANSWER.areGood()).isFalse();
  }

  @Test
  void theDocumentHasTheDocumentedSchema() {
    StringWriter text = new StringWriter();
    JsonAnswer.print(ANSWER.document(), new PrintWriter(text));

    assertThat(text)
        .hasToString(
            """
            {
              "verified" : false,
              "nodes" : [ {
                "node" : "worker-1",
                "verified" : true,
                "pod_ip" : {
                  "client_redirected" : 41021,
                  "server_redirected" : 41020
                },
                "service" : {
                  "client_redirected" : 977,
                  "server_redirected" : 976
                },
                "problem" : null
              }, {
                "node" : "worker-2",
                "verified" : false,
                "pod_ip" : {
                  "client_redirected" : 7,
                  "server_redirected" : 6
                },
                "service" : null,
                "problem" : "to 10.96.0.9: its connection did not join"
              } ]
            }
            """);
  }

  private static Optional<SeenFlow> flow(long client, long server) {
    return Optional.of(new SeenFlow(client, server, Optional.empty()));
  }
}
