package io.podwire.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podwire.bench.BenchException;
import io.podwire.datapath.MessageCost;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KeptCalibrationTest {

  @TempDir private Path directory;

  @Test
  void whatIsKeptHoldsForThisKernel() throws Exception {
    KeptCalibration calibration = new KeptCalibration(directory.resolve("below"));
    assertThat(calibration.kept()).isEmpty();

    calibration.keep(new MessageCost(3500, 2000));
    calibration.keep(new MessageCost(3600, 2000));

    assertThat(calibration.kept()).contains(new MessageCost(3600, 2000));
    assertThat(calibration.file().getParent()).isDirectoryContaining(calibration.file()::equals);
    String kernel = System.getProperty("os.version");
    String kept = Files.readString(calibration.file());
    Files.writeString(calibration.file(), kept.replace("kernel=" + kernel, "kernel=5.10.0"));
    assertThat(calibration.kept()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "plain-ns=", "plain-ns=-1", "plain-ns=NaN", "plain-ns=\\u12"})
  void whatCannotBeReadCountsAsNothing(String plain) throws Exception {
    KeptCalibration calibration = new KeptCalibration(directory);
    String kernel = System.getProperty("os.version");
    Files.writeString(
        calibration.file(), "kernel=" + kernel + "\nredirected-ns=5\n" + plain + "\n");

    assertThat(calibration.kept()).isEmpty();
  }

  @Test
  void aFileThatCannotBeWrittenIsNamed() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));

    assertThatThrownBy(() -> new KeptCalibration(file).keep(new MessageCost(2, 1)))
        .isInstanceOf(BenchException.class)
        .hasMessageStartingWith("cannot keep the calibration in " + file)
        .hasMessageEndingWith("name another --state-dir");
  }
}
