package io.podwire.applications;

import io.podwire.applications.ApplicationComparison.Redirected;
import io.podwire.datapath.AcceleratedNode;
import io.podwire.testbed.Unprivileged;
import io.podwire.testing.KernelTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@KernelTest
class MariadbTest {

  private static final InstalledProgram INSTALL_DB =
      new InstalledProgram("mariadb-install-db", "mariadb-server");
  private static final InstalledProgram SERVER = new InstalledProgram("mariadbd", "mariadb-server");
  private static final InstalledProgram CLIENT = new InstalledProgram("mariadb", "mariadb-client");
  private static final InstalledProgram SLAP =
      new InstalledProgram("mariadb-slap", "mariadb-client");
  private static final int PORT = 3306;

  @RegisterExtension static final AcceleratedNode NODE = new AcceleratedNode();

  @Test
  void queriesOfEightClientsAreAnsweredAndALargeTableIsReadAndLoadedUnchanged() {
    ApplicationComparison.compare(
        NODE,
        new Redirected(8, 2 * 2000, 4096),
        run -> {
          serve(run);
          List<String> slap = at(run, SLAP, "--auto-generate-sql", "--no-drop");
          slap.addAll(List.of("--create-schema=slap", "--auto-generate-sql-load-type=mixed"));
          slap.addAll(List.of("--concurrency=8", "--number-of-queries=2000"));
          slap.add("--auto-generate-sql-guid-primary");
          run.run(run.client(), slap);

          Path out = run.file("out");
          Path back = run.file("back");
          sql(
              run,
              "CREATE DATABASE test; USE test;"
                  + " CREATE TABLE large AS SELECT seq AS i, repeat(md5(seq), 3) AS text"
                  + " FROM seq_1_to_200000 ORDER BY seq;"
                  + " CREATE TABLE again LIKE large");
          read(run, "large", out);
          sql(run, "LOAD DATA LOCAL INFILE '" + out + "' INTO TABLE test.again");
          read(run, "again", back);
          return List.of(
              sql(run, "SELECT count(*) FROM slap.t1"),
              sql(run, "SELECT count(*) FROM test.again"),
              Run.sha256(out),
              Run.sha256(back));
        });
  }

  private static void serve(Run run) throws Exception {
    Path data = run.directory("mariadb");
    List<String> install = Unprivileged.command(INSTALL_DB.path(), "--no-defaults");
    install.addAll(List.of("--datadir=" + data, "--skip-test-db", "--skip-name-resolve"));
    run.run(run.server(), install);
    List<String> line = Unprivileged.command(SERVER.path(), "--no-defaults", "--datadir=" + data);
    line.addAll(List.of("--bind-address=" + run.server().ipv4().getHostAddress()));
    line.addAll(List.of("--port=" + PORT, "--socket=" + data + "/socket"));
    line.addAll(List.of("--skip-grant-tables", "--skip-name-resolve", "--tmpdir=" + data));
    line.addAll(List.of("--innodb-flush-log-at-trx-commit=0"));
    run.serve(run.server(), PORT, line);
  }

  /** Rows go to the client one by one, and it writes them as LOAD DATA reads them. */
  private static void read(Run run, String table, Path file) {
    List<String> line = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >\"$0\"", "" + file));
    line.addAll(at(run, CLIENT, "--quick", "--batch", "--raw", "--skip-column-names"));
    line.add("--execute=SELECT * FROM test." + table + " ORDER BY i");
    run.run(run.client(), line);
  }

  private static String sql(Run run, String statements) {
    return run.run(
        run.client(), at(run, CLIENT, "--local-infile", "--batch", "--execute=" + statements));
  }

  private static List<String> at(Run run, InstalledProgram program, String... arguments) {
    List<String> line = new ArrayList<>(List.of(program.path(), "--no-defaults"));
    line.addAll(List.of("--host=" + run.server().ipv4().getHostAddress(), "--port=" + PORT));
    line.addAll(List.of(arguments));
    return line;
  }
}
