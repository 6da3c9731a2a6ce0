package io.podwire.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.datapath.OwnerProcesses.OwnerProcess;
import io.podwire.datapath.SocketOwner.AttachedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SocketOwnerTest {

  private static final SocketOwner OBI = owner(5, "sock_dir", 7, "obi_packet_exte");

  @TempDir private Path proc;

  private static SocketOwner owner(int map, String mapName, int program, String programName) {
    return new SocketOwner(
        map, mapName, OptionalInt.of(17), List.of(new AttachedProgram(program, programName)));
  }

  @Test
  void aMapIsAnOwnerWhereItsSocketsGetAProgram() {
    assertThat(
            SocketOwner.parse(
                """
                5 sock_dir 17 7 obi_packet_exte
                8 listeners 2
                9 splices -1 10 parse 11 relay
                """))
        .containsExactly(
            OBI,
            new SocketOwner(
                9,
                "splices",
                OptionalInt.empty(),
                List.of(new AttachedProgram(10, "parse"), new AttachedProgram(11, "relay"))));
    assertThat(SocketOwner.parse("")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "sock_dir, obi_packet_exte, obi",
    "sock_dir, beyla_packet_ex, obi",
    "envoy_sockhash, envoy_sk_msg, envoy",
    "map_of_kmesh_ha, sendmsg_prog, kmesh",
    "flows, podwire_verdict, podwire",
    "sockets, verdict, unknown"
  })
  void anOwnerIsKnownByTheNamesOfItsMapAndPrograms(String map, String program, String kind) {
    assertThat(owner(1, map, 2, program).kind()).hasToString(kind);
  }

  @Test
  void anOwnerIsMeantByItsOwnNamesAndThoseOfItsProduct() {
    for (String name : List.of("obi", "Beyla", "alloy", "sock_dir", "obi_packet_exte")) {
      assertThat(OBI.isMeantBy(name)).as(name).isTrue();
    }
    for (String name : List.of("", "envoy", "sock", "unknown")) {
      assertThat(OBI.isMeantBy(name)).as(name).isFalse();
    }
  }

  @Test
  void aSentenceNamesWhoHasHowMany() {
    assertThat(OBI.describe(Optional.of(new OwnerProcess(4711, "obi"))))
        .isEqualTo(
            "OBI, Beyla or Alloy, program obi_packet_exte (id 7) of map sock_dir (id 5), process"
                + " 4711 (obi), has 17 sockets");
    assertThat(SocketOwner.parse("9 splices -1 10 relay").get(0).describe(Optional.empty()))
        .endsWith(" of map splices (id 9), has sockets that it does not count");
  }

  @Test
  void aProcessIsFoundByItsOpenMapOrProgram() throws IOException {
    process(3, "idle", "4", "anon_inode:inotify", "map_id:\t5\n");
    process(12, "mapper", "4", "anon_inode:bpf-map", "pos:\t0\nmap_type:\t18\nmap_id:\t55\n");
    process(40, "obi", "9", "anon_inode:bpf-map", "pos:\t0\nmap_type:\t18\nmap_id:\t5\n");
    process(41, "envoy", "9", "anon_inode:bpf-prog", "prog_type:\t16\nprog_id:\t8\n");
    SocketOwner envoy = owner(6, "envoy_sockhash", 8, "envoy_sk_msg");
    SocketOwner pinned = owner(7, "pinned", 9, "alone");
    OwnerProcesses processes = new OwnerProcesses(proc);

    Map<Integer, OwnerProcess> seen = processes.of(List.of(OBI, envoy, pinned));

    assertThat(seen)
        .isEqualTo(Map.of(5, new OwnerProcess(40, "obi"), 6, new OwnerProcess(41, "envoy")));
  }

  @Test
  void whereThereIsNoProcNobodyIsNamed() {
    assertThat(new OwnerProcesses(proc.resolve("none")).of(List.of(OBI))).isEmpty();
  }

  private void process(int pid, String comm, String fd, String link, String facts)
      throws IOException {
    Path process = proc.resolve(Integer.toString(pid));
    Files.createDirectories(process.resolve("fd"));
    Files.createDirectories(process.resolve("fdinfo"));
    Files.writeString(process.resolve("comm"), comm + "\n");
    Files.createSymbolicLink(process.resolve("fd").resolve(fd), Path.of(link));
    Files.writeString(process.resolve("fdinfo").resolve(fd), facts);
  }
}
