package io.podwire.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The CNI plugin as a container runtime starts it. */
final class CniPluginTest {

  private static final Path PLUGIN = Path.of("target/cni/podwire");

  private static final String ARGS =
      "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0;K8S_POD_INFRA_CONTAINER_ID=c0ffee;"
          + "K8S_POD_UID=3c5f8f4e-0d4b-4d5c-9f1a-000000000001";

  /** With what a reader of JSON could change: spaces, numbers, escapes. */
  private static final String RESULT =
      """
      { "cniVersion": "0.4.0",
        "interfaces":[{"name":"eth0","mac":"02:00:00:00:00:01","sandbox":"/var/run/netns/\\u00e9"}],
        "ips": [ {"version":"4","address":"10.6.0.7/16","gateway":"10.6.0.1","interface":0},
                 {"version":"6","address":"fd00::7/64","interface":0} ],
        "routes": [], "dns": {"x": [1.0, 1e3, true, null, "}]\\""]} }""";

  @TempDir private Path directory;
  private ServerSocketChannel listener;

  @BeforeEach
  void listen() throws IOException {
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket()));
  }

  @AfterEach
  void close() throws IOException {
    listener.close();
  }

  @Test
  void anAddTellsTheAgentAndPassesTheResultOnAsItCame() throws Exception {
    CompletableFuture<String> request = answering("HTTP/1.1 200 \r\n\r\n");

    Completed add = add(RESULT, "5000");

    assertThat(add).isEqualTo(new Completed(0, RESULT + "\n", ""));
    assertThat(request.get())
        .startsWith(
            "POST /pods?namespace=shop&name=web-0&uid=3c5f8f4e-0d4b-4d5c-9f1a-000000000001"
                + "&sandbox=0123abc&address=10.6.0.7&address=fd00::7 HTTP/1.1\r\n")
        .endsWith("\r\n\r\n");
  }

  @Test
  void aRuntimeThatSaysNoUidIsNoReasonNotToTell() throws Exception {
    CompletableFuture<String> request = answering("HTTP/1.1 200 \r\n\r\n");

    run(
        "ADD",
        Map.of("CNI_ARGS", "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0"),
        config(RESULT, 5000));

    assertThat(request.get()).contains("name=web-0&sandbox=0123abc&address");
  }

  @Test
  void anAgentThatDoesNotAnswerIsWaitedForNoLongerThanTold() throws IOException {
    long begin = System.nanoTime();

    Completed add = add(RESULT, "300"); // it is in the queue of who listens

    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isBetween(Duration.ofMillis(300), Duration.ofSeconds(5));
    assertThat(add)
        .isEqualTo(
            new Completed(
                0,
                RESULT + "\n",
                "podwire: the agent at " + socket() + " did not answer in time\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 503 ,refused: HTTP/1.1 503",
    "HTTP/1.1 404 ,refused: HTTP/1.1 404",
    "HTTP,hung up",
    "'',hung up"
  })
  void anAgentThatRefusesChangesNothing(String answer, String why) throws IOException {
    answering(answer + (answer.endsWith(" ") ? "\r\n\r\n" : ""));

    assertThat(add(RESULT, "5000"))
        .satisfies(
            run -> {
              assertThat(run.exit()).isZero();
              assertThat(run.out()).isEqualTo(RESULT + "\n");
              assertThat(run.err()).contains(why).hasLineCount(1);
            });
  }

  @Test
  void whereThereIsNoAgentThePodStartsAtOnce() throws IOException {
    listener.close();
    long begin = System.nanoTime();

    Completed add = add(RESULT, "10000");

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    assertThat(add)
        .isEqualTo(
            new Completed(
                0, RESULT + "\n", "podwire: no agent at " + socket() + ": Connection refused\n"));
  }

  @Test
  void aResultWithoutTheVersionGetsThatOfTheConfiguration() throws IOException {
    answering("HTTP/1.1 200 \r\n\r\n");

    String out = add("{\"ips\":[{\"address\":\"10.6.0.7/16\"}]}", "5000").out();

    assertThat(out)
        .isEqualTo("{\"cniVersion\":\"0.4.0\",\"ips\":[{\"address\":\"10.6.0.7/16\"}]}\n");
    assertThat(add("{}", "5000").out()).isEqualTo("{\"cniVersion\":\"0.4.0\"}\n");
  }

  /** What cannot be told of is nothing to fail a pod for. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"cniVersion\":\"0.4.0\"}                      | K8S_POD_NAMESPACE=a;K8S_POD_NAME=b | prevResult has no address",
        "{\"cniVersion\":\"0.4.0\",\"ips\":[{}]}           | K8S_POD_NAMESPACE=a;K8S_POD_NAME=b | prevResult has no address",
        "{\"cniVersion\":\"0.4.0\",\"ips\":\"10.6.0.7\"}     | K8S_POD_NAMESPACE=a;K8S_POD_NAME=b | prevResult has no address",
        "{\"cniVersion\":\"0.4.0\",\"ips\":[{\"address\":\"a b\"}]} | K8S_POD_NAMESPACE=a;K8S_POD_NAME=b | prevResult has no address",
        "{\"cniVersion\":\"0.4.0\"}                      | IgnoreUnknown=1                    | CNI_ARGS names no pod",
        "{\"cniVersion\":\"0.4.0\"}                      | K8S_POD_NAMESPACE=a;K8S_POD_NAME=b c | CNI_ARGS names no pod",
        "{\"cniVersion\":\"0.4.0\"}                      | K8S_POD_NAMESPACE=a&name=x;K8S_POD_NAME=b | CNI_ARGS names no pod",
      })
  void whatCannotBeToldOfIsPassedOn(String result, String arguments, String why) {
    assertThat(run("ADD", Map.of("CNI_ARGS", arguments), config(result, 5000)))
        .isEqualTo(new Completed(0, result + "\n", "podwire: " + why + "\n"));
  }

  @Test
  void aConfigurationThatCannotBeIsNoReasonToFailEither() throws IOException {
    listener.close();

    assertThat(add(RESULT, "\"soon\"").err()).contains("timeoutMillis must be 1 to 10000");
    assertThat(add(RESULT, "0").out()).isEqualTo(RESULT + "\n");
    assertThat(run("ADD", Map.of(), config(RESULT, 100).replace(socket().toString(), "a b")).err())
        .contains("asking /run/podwire/cni.sock");
  }

  @ParameterizedTest
  @ValueSource(strings = {"DEL", "CHECK", "GC", "STATUS"})
  void thereIsNothingToUndoNorToCheck(String command) {
    assertThat(run(command, Map.of(), config(RESULT, 5000))).isEqualTo(new Completed(0, "", ""));
  }

  @Test
  void itSaysWhichVersionsItKnows() {
    Completed version = run("VERSION", Map.of(), "{\"cniVersion\":\"1.0.0\"}");

    assertThat(version)
        .isEqualTo(
            new Completed(
                0,
                "{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"0.3.0\",\"0.3.1\",\"0.4.0\","
                    + "\"1.0.0\",\"1.1.0\"]}\n",
                ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ADD     | {\"cniVersion\":\"0.4.0\"}                       | 7 | no prevResult: it has to follow the plugin that makes the network in a list",
        "ADD     | {\"cniVersion\":\"0.4.0\",\"prevResult\":null}     | 7 | no prevResult: it has to follow the plugin that makes the network in a list",
        "ADD     | {\"cniVersion\":\"0.2.0\",\"prevResult\":{}}       | 1 | cniVersion must be 0.3.0 or newer",
        "ADD     | {\"prevResult\":{}}                            | 1 | cniVersion must be 0.3.0 or newer",
        "ADD     | {\"cniVersion\":\"0.4.0\",\"prevResult\":{]}       | 6 | standard input is no JSON object",
        "ADD     | {\"cniVersion\":\"0.4.0\"} x                     | 6 | standard input is no JSON object",
        "ADD     | {\"cniVersion\":\"0.4                           | 6 | standard input is no JSON object",
        "ADD     | []                                          | 6 | standard input is no JSON object",
        "VERSION | {                                           | 6 | standard input is no JSON object",
        "REMOVE  | {}                                          | 4 | CNI_COMMAND must be ADD, CHECK, DEL, GC, STATUS or VERSION",
      })
  void whatNobodyCouldGoOnFromIsAnErrorAsTheSpecificationHasIt(
      String command, String input, int code, String message) {
    Completed run = run(command, Map.of(), input);

    assertThat(run.exit()).isEqualTo(1);
    JsonNode error = new ObjectMapper().readTree(run.out());
    assertThat(error.get("code").asInt()).isEqualTo(code);
    assertThat(error.get("msg").asString()).isEqualTo("podwire: " + message);
    assertThat(error.get("cniVersion").asString()).isNotEmpty();
  }

  /** Neither more text than it has room for, nor deeper nesting than its stack. */
  @Test
  void whatIsTooLongOrTooDeepIsRefused() {
    String deep = "{\"cniVersion\":\"0.4.0\",\"prevResult\":" + "[".repeat(500_000);

    assertThat(run("ADD", Map.of(), deep).out()).contains("\"code\":6");
    assertThat(run("ADD", Map.of(), " ".repeat(1 << 21)).out()).contains("\"code\":5");
  }

  private Path socket() {
    return directory.resolve("s");
  }

  private Completed add(String result, String timeoutMillis) {
    return run("ADD", Map.of(), config(result, timeoutMillis));
  }

  private String config(String result, Object timeoutMillis) {
    return "{\"cniVersion\":\"0.4.0\",\"name\":\"podnet\",\"type\":\"podwire\",\"socket\":\"%s\",\"timeoutMillis\":%s,\"prevResult\":%s}"
        .formatted(socket(), timeoutMillis, result);
  }

  private static Completed run(String command, Map<String, String> more, String input) {
    ProcessBuilder plugin = new ProcessBuilder(PLUGIN.toString());
    plugin.environment().clear();
    plugin
        .environment()
        .putAll(
            Map.of(
                "CNI_COMMAND", command,
                "CNI_CONTAINERID", "0123abc",
                "CNI_NETNS", "/var/run/netns/cni-1",
                "CNI_IFNAME", "eth0",
                "CNI_PATH", "/opt/cni/bin",
                "CNI_ARGS", ARGS));
    plugin.environment().putAll(more);
    try {
      Process process = plugin.start();
      try {
        process.getOutputStream().write(input.getBytes(UTF_8));
        process.getOutputStream().close();
      } catch (IOException e) {
        // it has ended, and read as much as it wanted
      }
      String out = new String(process.getInputStream().readAllBytes(), UTF_8);
      String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
      return new Completed(process.waitFor(), out, err);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An agent that answers one request; what that was. */
  private CompletableFuture<String> answering(String answer) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (SocketChannel client = listener.accept()) {
            ByteBuffer request = ByteBuffer.allocate(8192);
            while (!text(request).contains("\r\n\r\n") && client.read(request) >= 0) {
              // until all is there
            }
            client.write(ByteBuffer.wrap(answer.getBytes(UTF_8)));
            return text(request);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static String text(ByteBuffer buffer) {
    return new String(buffer.array(), 0, buffer.position(), UTF_8);
  }
}
