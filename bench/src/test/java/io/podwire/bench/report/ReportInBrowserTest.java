package io.podwire.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.podwire.bench.model.BenchReport;
import io.podwire.bench.report.chart.SummaryPicture;
import io.podwire.bench.report.html.ReportHtml;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code report.html} as a browser shows it. */
@EnabledIf(
    value = "isInstalledOrRequired",
    disabledReason = "chromium is not installed: apt-get install chromium")
final class ReportInBrowserTest {

  private static final Path BROWSER =
      Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser")
          .map(Path::of)
          .filter(Files::isExecutable)
          .findFirst()
          .orElse(Path.of("/usr/bin/chromium"));
  private static final int ATTEMPTS = 3;
  private static final int WIDTH = 1280;
  private static final int HEIGHT = 2400;
  private static final String LIGHT = "--blink-settings=preferredColorScheme=1";
  private static final String DARK = "--blink-settings=preferredColorScheme=0";
  private static final String WIDTH_AS_TITLE =
      "<script>document.title = 'width ' + document.documentElement.scrollWidth</script></body>";

  @TempDir private static Path directory;

  static boolean isInstalledOrRequired() {
    return Files.isExecutable(BROWSER) || Boolean.getBoolean("podwire.kernel.required");
  }

  @BeforeAll
  static void write() throws Exception {
    for (BenchReport report : ReportTest.all()) {
      String html = ReportHtml.of(report).replace("</body>", WIDTH_AS_TITLE);
      Files.writeString(directory.resolve(name(report) + ".html"), html);
      Files.writeString(directory.resolve(name(report) + ".svg"), SummaryPicture.file(report));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"quick.html", "standard.html", "null-test.html", "standard.svg"})
  void isLightOrDarkAsTheReaderPrefersShowsSomethingAndIsNoWiderThanTheScreen(String file)
      throws Exception {
    Shown light = show(file, LIGHT);
    Shown dark = show(file, DARK);

    assertThat(luminance(light.picture().getRGB(2, 2))).isGreaterThan(200);
    assertThat(luminance(dark.picture().getRGB(2, 2))).isLessThan(50);
    assertThat(shareUnlikeTheBackground(light.picture())).isGreaterThan(0.02);
    assertThat(shareUnlikeTheBackground(dark.picture())).isGreaterThan(0.02);
    if (file.endsWith(".html")) {
      assertThat(light.dom()).contains("<title>width " + WIDTH + "</title>");
    }
  }

  @Test
  void wouldBeSeenToBeTooWide() throws Exception {
    Path probe = directory.resolve("wide.html");
    Files.writeString(
        probe, "<!DOCTYPE html><body><p style=\"width: 2000px\">wide</p>" + WIDTH_AS_TITLE);

    assertThat(browser(probe, LIGHT, "--dump-dom")).contains("<title>width 2");
  }

  /** A page, of one run: to start costs Chromium more than to show it. */
  private record Shown(BufferedImage picture, String dom) {}

  private static Shown show(String file, String scheme) throws Exception {
    Path image = directory.resolve(file + ".png");
    Files.deleteIfExists(image);
    String dom = browser(directory.resolve(file), scheme, "--dump-dom", "--screenshot=" + image);
    return new Shown(ImageIO.read(image.toFile()), dom);
  }

  /**
   * What it printed. At times headless Chromium neither shows a page nor ends: it may try again.
   */
  private static String browser(Path page, String... options) throws Exception {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<String> output = tryBrowser(page, options);
      if (output.isPresent()) {
        return output.get();
      }
    }
    throw new AssertionError(
        "chromium did not end, " + ATTEMPTS + " times: " + Files.readString(log()));
  }

  /** Runs it, and demands that no page has said anything to its console. Empty: it did not end. */
  private static Optional<String> tryBrowser(Path page, String... options) throws Exception {
    Path output = directory.resolve("browser.out");
    List<String> command =
        new ArrayList<>(
            List.of(
                BROWSER.toString(),
                "--headless",
                "--no-sandbox",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-gpu",
                "--hide-scrollbars",
                "--user-data-dir=" + Files.createTempDirectory(directory, "profile"),
                "--window-size=" + WIDTH + "," + HEIGHT,
                "--enable-logging=stderr",
                "--v=0"));
    command.addAll(List.of(options));
    command.add(page.toUri().toString());
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(log().toFile())
            .start();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        return Optional.empty();
      }
      assertThat(process.exitValue()).as(Files.readString(log())).isZero();
      assertThat(Files.readString(log())).doesNotContain("CONSOLE");
      return Optional.of(Files.readString(output));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  private static Path log() {
    return directory.resolve("browser.log");
  }

  private static double shareUnlikeTheBackground(BufferedImage image) {
    int background = image.getRGB(2, 2);
    long unlike = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        unlike += image.getRGB(x, y) == background ? 0 : 1;
      }
    }
    return (double) unlike / image.getWidth() / image.getHeight();
  }

  /** From 0, black, to 255, by the weights of ITU-R BT.709. */
  private static double luminance(int rgb) {
    return 0.2126 * (rgb >> 16 & 0xff) + 0.7152 * (rgb >> 8 & 0xff) + 0.0722 * (rgb & 0xff);
  }

  private static String name(BenchReport report) {
    return report.options().nullTest() ? "null-test" : report.options().profile();
  }
}
