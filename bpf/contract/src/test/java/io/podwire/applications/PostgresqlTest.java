package io.podwire.applications;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testbed.Unprivileged;
import io.podwire.testing.KernelTest;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class PostgresqlTest {

  private static final InstalledProgram PSQL = new InstalledProgram("psql", "postgresql");
  private static final InstalledProgram PGBENCH = new InstalledProgram("pgbench", "postgresql");
  private static final InstalledProgram PG_ISREADY =
      new InstalledProgram("pg_isready", "postgresql");
  private static final int PORT = 5432;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void everyTransactionIsProcessed() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(8, 2 * 7 * 1600, 0),
        run -> {
          serve(run);
          run.run(run.client(), at(run, PGBENCH, "-i", "-q", "-s", "2", "postgres"));
          String report =
              run.run(
                  run.client(),
                  at(run, PGBENCH, "-n", "-c", "8", "-j", "2", "-t", "200", "postgres"));
          List<String> outcome = new ArrayList<>();
          outcome.add(sql(run, "SELECT count(*), sum(delta) IS NOT NULL FROM pgbench_history"));
          report.lines().filter(line -> line.contains("actually processed")).forEach(outcome::add);
          return outcome;
        });
  }

  @Test
  void aLargeTableIsCopiedOutAndInUnchanged() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(4, 8, 4096),
        run -> {
          serve(run);
          Path out = run.file("out");
          Path back = run.file("back");
          sql(
              run,
              "CREATE TABLE large AS SELECT i, repeat(md5(i::text), 3) AS text"
                  + " FROM generate_series(1, 300000) AS i");
          sql(run, "CREATE TABLE again (LIKE large)");
          return List.of(
              sql(run, "\\copy large TO '" + out + "'"),
              sql(run, "\\copy again FROM '" + out + "'"),
              sql(run, "\\copy again TO '" + back + "'"),
              Run.sha256(out),
              Run.sha256(back));
        });
  }

  /** PostgreSQL without privileges, and without shared memory that could outlive it. */
  private static void serve(Run run) throws Exception {
    String data = run.directory("postgresql") + "/data";
    List<String> initdb = new ArrayList<>(List.of("unshare", "--ipc"));
    initdb.addAll(
        Unprivileged.command(server("initdb"), "-D", data, "-U", "postgres", "-A", "trust"));
    initdb.addAll(List.of("-N", "--locale=C"));
    run.run(run.server(), initdb);
    Files.writeString(
        Path.of(data, "pg_hba.conf"), "host all all all trust\n", StandardOpenOption.APPEND);
    List<String> line = new ArrayList<>(List.of("unshare", "--ipc"));
    line.addAll(Unprivileged.command(server("postgres"), "-D", data, "-F", "-k", ""));
    String address = run.server().ipv4().getHostAddress();
    line.addAll(List.of("-h", address, "-p", "" + PORT));
    line.addAll(List.of("-c", "dynamic_shared_memory_type=mmap"));
    run.serve(run.server(), PORT, line);
    // It listens before it answers: for a moment "the database system is starting up".
    String ready = String.join(" ", PG_ISREADY.path(), "-q", "-h", address, "-p", "" + PORT);
    run.run(run.client(), "sh", "-c", "until " + ready + "; do sleep 0.1; done");
  }

  /** Debian keeps the server's programs out of PATH, a directory for each version. */
  private static String server(String program) {
    File[] versions = new File("/usr/lib/postgresql").listFiles();
    assertThat(versions).as("the server is missing: apt-get install postgresql").isNotEmpty();
    return Arrays.stream(versions).max(File::compareTo).orElseThrow() + "/bin/" + program;
  }

  private static String sql(Run run, String command) {
    return run.run(
        run.client(),
        at(run, PSQL, "-X", "-v", "ON_ERROR_STOP=1", "-A", "-c", command, "postgres"));
  }

  private static List<String> at(Run run, InstalledProgram program, String... arguments) {
    List<String> line = new ArrayList<>(List.of(program.path()));
    line.addAll(List.of("-h", run.server().ipv4().getHostAddress(), "-p", "" + PORT));
    line.addAll(List.of("-U", "postgres"));
    line.addAll(List.of(arguments));
    return line;
  }
}
