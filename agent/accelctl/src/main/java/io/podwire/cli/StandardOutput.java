package io.podwire.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Standard output, and what became of it: {@code System.out} keeps that to itself. */
final class StandardOutput extends FilterOutputStream {

  /** What the kernel says of a pipe that nobody reads any more. */
  private static final String BROKEN_PIPE = "Broken pipe";

  private final PrintWriter writer =
      new PrintWriter(new OutputStreamWriter(this, StandardCharsets.UTF_8), true);
  private Optional<IOException> failure = Optional.empty();

  private StandardOutput(OutputStream out) {
    super(out);
  }

  /** The standard output of this process. */
  static StandardOutput ofThisProcess() {
    return new StandardOutput(new FileOutputStream(FileDescriptor.out));
  }

  /** Where verbs write; its {@code checkError()} tells them to stop. */
  PrintWriter writer() {
    return writer;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      failure = Optional.of(e);
      throw e;
    }
  }

  /**
   * Why something that was written is lost; empty where it all arrived, and where the reader of a
   * pipe closed it, which had enough.
   */
  Optional<String> loss() {
    writer.flush();
    return failure.map(IOException::getMessage).filter(message -> !message.equals(BROKEN_PIPE));
  }
}
