package io.podwire.applications;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testbed.Place;
import io.podwire.testbed.Unprivileged;
import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class RedisTest {

  private static final InstalledProgram SERVER =
      new InstalledProgram("redis-server", "redis-server");
  private static final InstalledProgram BENCHMARK =
      new InstalledProgram("redis-benchmark", "redis-tools");
  private static final InstalledProgram CLI = new InstalledProgram("redis-cli", "redis-tools");
  private static final String PORT = "6379";

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void everyPipelinedCommandIsServed() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(20, 2 * 100_000 / 16, 0),
        run -> {
          serve(run);
          benchmark(run, "-q", "-t", "set,get", "-n", "100000", "-c", "20", "-P", "16");
          return served(run);
        });
  }

  @Test
  void largeValuesAreStoredAndReadBack() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(4, 8, 4096),
        run -> {
          serve(run);
          benchmark(run, "-q", "-t", "set,get", "-n", "100", "-c", "4", "-d", "1000000");
          Path value = run.file("value", 20_000_000);
          Path back = run.file("back");
          run.run(run.client(), cli("\"$@\" -x set large <\"$0\"", value, run));
          run.run(run.client(), cli("\"$@\" --raw get large >\"$0\"", back, run));
          return List.of(served(run), Run.sha256(back));
        });
  }

  private static void serve(Run run) throws Exception {
    List<String> line = Unprivileged.command(SERVER.path(), "--save", "", "--appendonly", "no");
    line.addAll(List.of("--protected-mode", "no", "--dir", run.directory("redis").toString()));
    line.addAll(List.of("--bind", run.server().ipv4().getHostAddress(), "--port", PORT));
    run.serve(run.server(), Integer.parseInt(PORT), line);
  }

  private static void benchmark(Run run, String... arguments) {
    List<String> line = at(run.server(), BENCHMARK);
    line.addAll(List.of(arguments));
    run.run(run.client(), line);
  }

  /** A script whose arguments are the file and redis-cli. */
  private static List<String> cli(String script, Path file, Run run) {
    List<String> line = new ArrayList<>(List.of("sh", "-c", script, file.toString()));
    line.addAll(at(run.server(), CLI));
    return line;
  }

  /** The numbers of commands that the server carried out and refused. */
  private static List<String> served(Run run) {
    List<String> line = at(run.server(), CLI);
    line.addAll(List.of("info", "commandstats"));
    return run.run(run.client(), line)
        .lines()
        .filter(command -> command.matches("cmdstat_[sg]et:.*"))
        .map(command -> command.replaceAll("usec[^,]*,", ""))
        .sorted()
        .toList();
  }

  private static List<String> at(Place server, InstalledProgram program) {
    String address = server.ipv4().getHostAddress();
    return new ArrayList<>(List.of(program.path(), "-h", address, "-p", PORT));
  }
}
