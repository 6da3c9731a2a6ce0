package io.podwire.sysdump;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** An error of a file, in words for operators: the exceptions have little but the file's name. */
public final class FileFailure {

  private FileFailure() {}

  /** What is wrong with a file that the reader knows. */
  public static String why(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return "it is there already";
    }
    String said =
        failure instanceof FileSystemException file ? file.getReason() : failure.getMessage();
    return said == null ? failure.getClass().getSimpleName() : said;
  }

  /** The same, with the file's name where that is known. */
  static String where(IOException failure) {
    return failure instanceof FileSystemException file
        ? file.getFile() + ": " + why(failure)
        : why(failure);
  }
}
